import { strict as assert } from "node:assert";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { flowScenario } from "./common.ts";

export default flowScenario(
  "a request for the transcription starts one job upstream, however often it is made",
  async (world) => {
    const alice = await world.user("alice");
    const id = await alice.record(world.speech(2));
    assert.deepEqual(await world.submissions(id), { transcriptions: 0, summaries: 0 }, "nobody asked yet");
    await alice.convert(id);
    await world.step("asked again, at both instances", async () => {
      const again = await world.user("alice", { instance: 1 });
      const answers = await Promise.all([alice.by.convert(id), again.by.convert(id), alice.by.convert(id)]);
      for (const answer of answers) expectStatus(answer, 202);
    });
    await alice.hears(id, "COMPLETED");
    assert.deepEqual(await world.submissions(id), { transcriptions: 1, summaries: 1 });
  },
);
