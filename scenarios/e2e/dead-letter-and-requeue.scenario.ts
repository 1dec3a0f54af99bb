import { strict as assert } from "node:assert";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { flowScenario, summary, transcript } from "./common.ts";

export default flowScenario(
  "what the upstream refuses for good is FAILED and a dead letter; requeued, it completes",
  async (world) => {
    const alice = await world.user("alice");
    const id = await alice.record(world.speech(2));
    await alice.hears(id, "ENCODED");
    await world.upstream("bad-request");
    await alice.convert(id);
    await alice.hears(id, "FAILED");
    const { error } = await alice.view(id);
    assert.match(error ?? "", /400/, "the cause is told");
    await world.step("an administrator finds the dead letter", async () => {
      const letter = expectStatus(await world.administer("GET", `/api/admin/dead-letters/${id}`), 200);
      assert.partialDeepStrictEqual(letter.json, { id, owner: "alice", stage: "processing" });
    });
    await world.upstream("normal");
    await world.step("and requeues it", async () => {
      expectStatus(await world.administer("POST", `/api/admin/dead-letters/${id}/requeue`), 202);
    });
    await alice.hears(id, "COMPLETED");
    const { text, summary: short, error: none } = await alice.view(id);
    assert.deepEqual({ text, short, none }, { text: transcript, short: summary, none: null });
  },
);
