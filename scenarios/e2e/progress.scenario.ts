import { strict as assert } from "node:assert";
import { until } from "../../harness/util/until.ts";
import { flowScenario } from "./common.ts";

export default flowScenario("progress of 50, then of 100 percent, reaches the user", async (world) => {
  const alice = await world.user("alice");
  const id = await alice.record(world.speech(2));
  await alice.convert(id);
  for (const percent of [50, 100]) {
    await world.step(`${percent} % is told`, async () => {
      await until(() => alice.progress(id).includes(percent), `${percent} % was told`).atMost("20s");
    });
  }
  assert.deepEqual(alice.progress(id), [50, 100], "and nothing else, in this order");
});
