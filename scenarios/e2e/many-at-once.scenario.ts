import { strict as assert } from "node:assert";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { flowScenario } from "./common.ts";

export default flowScenario("ten recordings of five users at once are kept apart", async (world) => {
  const names = ["ann", "bob", "cem", "dan", "eve"];
  const recordings = await Promise.all(
    [...names, ...names].map(async (name, index) => {
      const user = await world.user(name, { instance: index % 2 });
      const chunks = world.speech(3);
      const id = await user.record(chunks);
      await user.convert(id);
      await user.hears(id, "COMPLETED");
      return { user, chunks, id };
    }),
  );
  for (const { chunks, id } of recordings) {
    assert.ok(Buffer.concat(chunks).equals(await world.samplesOf(id)), `${id} has its own sound`);
    assert.deepEqual(await world.submissions(id), { transcriptions: 1, summaries: 1 });
  }
  const [anns, bobs] = recordings;
  assert.ok(anns && bobs);
  await world.step("one user does not see another's", async () => {
    expectStatus(await bobs.user.by.heartbeat(anns.id), 404);
  });
});
