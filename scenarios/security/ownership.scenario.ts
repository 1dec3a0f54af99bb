import { strict as assert } from "node:assert";
import { z } from "zod";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import type { Answer } from "../../harness/workload/flows/speaker.ts";
import { flowScenario } from "../e2e/common.ts";

/** What a refusal says, without what tells one request from another. */
function spoken(answer: Answer | undefined): unknown {
  const { detail, instance, requestId, ...told } = z.looseObject({}).parse(answer?.json);
  return told;
}

export default flowScenario(
  "a recording is nobody's but its owner's: to all others it does not exist",
  async (world) => {
    const alice = await world.user("alice");
    const mallory = await world.user("mallory");
    const [first, last, foreign] = world.speech(3);
    assert.ok(first && last && foreign);
    const id = await alice.start();
    await alice.send(id, 0, first);

    await world.step("mallory is told that there is no such recording, whatever she tries", async () => {
      const tries = [
        await mallory.by.send(id, 1, foreign, false),
        await mallory.by.send(id, 1, foreign, true),
        await mallory.by.heartbeat(id),
        await mallory.by.convert(id),
        await world.call("GET", `/api/stt/recordings/${id}`, { token: await world.token("mallory") }),
        await world.call("GET", `/api/stt/recordings/${id}/status`, { token: await world.token("mallory") }),
      ];
      for (const answer of tries) expectStatus(answer, 404);
      const unknown = await mallory.by.heartbeat("01JBN0SVCHREC0RD1NGEXISTSN");
      assert.deepEqual(spoken(tries[2]), spoken(unknown), "as of one that never was");
    });
    // Watching it ends her connection, over STOMP; so it is the last thing she does.
    mallory.watch(id);
    await alice.send(id, 1, last, { finish: true });
    await alice.hears(id, "ENCODED");
    assert.deepEqual(mallory.told(id), [], "mallory is told nothing of it");
    assert.ok(Buffer.concat([first, last]).equals(await world.samplesOf(id)), "and nothing of hers is in it");
  },
);
