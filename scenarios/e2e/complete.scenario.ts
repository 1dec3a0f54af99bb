import { strict as assert } from "node:assert";
import { flowScenario, happyPath, summary, transcript } from "./common.ts";

export default flowScenario(
  "a recording goes all the way to COMPLETED, and its user is told of each step",
  async (world) => {
    const alice = await world.user("alice");
    const chunks = world.speech(4);
    const id = await alice.record(chunks);
    await alice.convert(id);
    await alice.hears(id, "COMPLETED");

    const told = alice.told(id);
    // Who polls may miss a short state; a subscription is told of every one.
    const expected = world.by === "STOMP" ? happyPath : happyPath.filter((status) => told.includes(status));
    assert.deepEqual(told, expected, "the states that the user was told");
    const { text, summary: short, error, timings } = await alice.view(id);
    assert.deepEqual({ text, short, error }, { text: transcript, short: summary, error: null });
    const moments = happyPath.map((status) => timings[status] ?? "never");
    assert.deepEqual(moments, moments.toSorted(), "every state was entered, in order");
    assert.ok(!moments.includes("never"), `every state was entered: ${moments}`);
    assert.ok(Buffer.concat(chunks).equals(await world.samplesOf(id)), "the WAV is what was said");
    assert.deepEqual(await world.submissions(id), { transcriptions: 1, summaries: 1 });
  },
);
