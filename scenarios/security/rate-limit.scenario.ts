import { strict as assert } from "node:assert";
import { flowsHold } from "../../harness/checkers/flows-hold.ts";
import { withoutLoad } from "../../harness/checkers/without-load.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { flows } from "../../harness/workload/flows/flows.ts";
import type { World } from "../../harness/workload/flows/world.ts";
import { quickStt } from "../common.ts";

const perMinute = 40;

async function exhausts(world: World): Promise<void> {
  const token = await world.token("mallory");
  const ask = (number: number) =>
    world.call("GET", "/api/stt/recordings/01JBN0SVCHREC0RD1NGEXISTSN/status", {
      token,
      instance: number % 2,
    });
  await world.step("mallory asks a hundred times, of both instances in turn", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, number) => ask(number)));
    const served = answers.filter(({ status }) => status === 404).length;
    // The window is a minute of the clock: where one ends among the requests, up to forty more are served.
    assert.ok(served >= perMinute && served <= 2 * perMinute, `${served} were served`);
    for (const answer of answers.filter(({ status }) => status !== 404)) {
      expectStatus(answer, 429);
      const seconds = Number(answer.headers["retry-after"]);
      assert.ok(seconds > 0 && seconds <= 60, `Retry-After: ${answer.headers["retry-after"]}`);
    }
  });
  await world.step("alice is served meanwhile", async () => {
    const alice = { token: await world.token("alice") };
    expectStatus(await world.call("POST", "/api/stt/recordings", alice), 201);
  });
}

export default scenario({
  title: "who asks too often is told when to come again, at whichever instance, and nobody else is",
  about:
    "The rate is counted in Redis over all instances. While Redis is away everybody passes: the limit protects against one user's zeal, not against an outage.",
  topology: quickStt({ env: { STT_RATE_LIMIT_PER_MINUTE: String(perMinute) } }),
  workload: flows([{ name: "too many requests", run: exhausts }], { over: ["REST"] }),
  steadyState: withoutLoad,
  faults: [],
  checks: [flowsHold()],
});
