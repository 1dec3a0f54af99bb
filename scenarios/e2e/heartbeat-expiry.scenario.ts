import { strict as assert } from "node:assert";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { quickStt } from "../common.ts";
import { flowScenario } from "./common.ts";

export default flowScenario(
  "when a user falls silent, encoding begins with what there is",
  async (world) => {
    const vanishing = await world.user("alice");
    const id = await vanishing.start();
    const [chunk, late] = world.speech(2);
    assert.ok(chunk && late);
    await vanishing.send(id, 0, chunk);
    await world.step("a last sign of life", async () => {
      expectStatus(await vanishing.by.heartbeat(id), 204);
    });
    await vanishing[Symbol.asyncDispose]();

    const alice = await world.user("alice", { instance: 1 });
    alice.watch(id);
    await alice.hears(id, "ENCODED");
    assert.ok(chunk.equals(await world.samplesOf(id)), "the WAV is what there was");
    await world.step("a chunk that comes too late is refused", async () => {
      const refused = expectStatus(await alice.by.send(id, 1, late, false), 409);
      assert.partialDeepStrictEqual(refused.json, { type: "/problems/recording-over" });
    });
  },
  {
    about: "Silence of three seconds is enough here; by default it is thirty.",
    topology: quickStt({ env: { STT_HEARTBEAT_TTL_MS: "3000" } }),
  },
);
