import { strict as assert } from "node:assert";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { flowScenario } from "./common.ts";

export default flowScenario(
  "a finish with a chunk missing is refused by its number, and accepted when it has come",
  async (world) => {
    const alice = await world.user("alice");
    const id = await alice.start();
    const [first, missing, last] = world.speech(3);
    assert.ok(first && missing && last);
    await alice.send(id, 0, first);
    await world.step("a finish too early names what is missing", async () => {
      const refused = expectStatus(await alice.by.send(id, 2, last, true), 409);
      assert.partialDeepStrictEqual(refused.json, { missing: [1], recordingStatus: "RECORDING" });
    });
    await world.step("a conversion too early is refused", async () => {
      expectStatus(await alice.by.convert(id), 409);
    });
    await alice.send(id, 1, missing);
    await alice.send(id, 2, last, { finish: true });
    await alice.convert(id);
    await alice.hears(id, "COMPLETED");
    assert.ok(Buffer.concat([first, missing, last]).equals(await world.samplesOf(id)));
  },
);
