import { strict as assert } from "node:assert";
import { flowScenario } from "./common.ts";

export default flowScenario(
  "chunks out of order and repeated become the recording in order, each once",
  async (world) => {
    const alice = await world.user("alice");
    const id = await alice.start();
    const chunks = world.speech(4);
    const chunk = (seq: number) => chunks[seq] ?? Buffer.alloc(0);
    for (const seq of [2, 0, 2, 3, 1, 0]) await alice.send(id, seq, chunk(seq));
    await alice.send(id, 3, chunk(3), { finish: true });
    await alice.send(id, 3, chunk(3), { finish: true }); // the end, again
    await alice.send(id, 1, chunk(1)); // after the end, but known
    await alice.hears(id, "ENCODED");
    assert.ok(Buffer.concat(chunks).equals(await world.samplesOf(id)), "the WAV is what was said, once");
  },
);
