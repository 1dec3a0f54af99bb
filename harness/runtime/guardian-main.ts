/** The guardian's process: waits for the runner to release it or to die, and cleans up in the latter case. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { messageOf } from "../util/errors.ts";
import { cleanUp } from "./clean-up.ts";
import { claimedSlots, removeDraft, slotOwner } from "./slot.ts";

// The terminal's Ctrl-C and hang-up are for the runner; the guardian goes only when the pipe says so.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => {});

const lastWords = await text(process.stdin);
const [, , runId = ""] = process.argv;
if (lastWords !== "released\n") {
  removeDraft(runId);
  const slot = claimedSlots().find((claimed) => slotOwner(claimed)?.id === runId);
  if (slot) {
    // The log goes with the slot: it stays only where the clean-up fails.
    const log = (line: string) =>
      appendFileSync(join(slot.folder, "guardian.log"), `${new Date().toISOString()} ${line}\n`);
    try {
      log("the runner is gone; cleaning up");
      await cleanUp(slot);
    } catch (error) {
      log(messageOf(error));
      process.exitCode = 5;
    }
  }
}
