import { strict as assert } from "node:assert";
import { flowScenario } from "./common.ts";

export default flowScenario(
  "an upstream that fails four times is asked again, and the recording completes",
  async (world) => {
    const alice = await world.user("alice");
    const id = await alice.record(world.speech(2));
    await alice.hears(id, "ENCODED");
    await world.upstream("failure-burst");
    await alice.convert(id);
    await alice.hears(id, "COMPLETED");
    assert.ok(!alice.told(id).includes("FAILED"), `told: ${alice.told(id)}`);
    const { transcriptions } = await world.submissions(id);
    assert.equal(transcriptions, 5, "four refused, one taken");
  },
);
