/** The guardian's process: waits for the runner to release it or to die, and cleans up in the latter case. */
import { text } from "node:stream/consumers";
import { messageOf } from "../util/errors.ts";
import { cleanUp } from "./clean-up.ts";
import { claimedSlots, slotOwner } from "./slot.ts";

// The terminal's Ctrl-C and hang-up are for the runner; the guardian goes only when the pipe says so.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => {});

const lastWords = await text(process.stdin);
const [, , slotNumber, runId] = process.argv;
const slot = claimedSlots().find(
  (claimed) => claimed.number === Number(slotNumber) && slotOwner(claimed)?.id === runId,
);
if (lastWords !== "released\n" && slot) {
  try {
    console.log(`${new Date().toISOString()} the runner is gone; cleaning up`);
    console.log(JSON.stringify(await cleanUp(slot)));
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 5;
  }
}
