import { Command } from "commander";
import { cleanUp } from "../../runtime/clean-up.ts";
import { claimedSlots, removeStaleDrafts, slotOwner } from "../../runtime/slot.ts";

/** `faultline heal` */
export function healCommand(): Command {
  return new Command("heal")
    .description(
      "undo what runs left behind whose runner is gone (their guardian usually has); may be repeated",
    )
    .action(async () => {
      removeStaleDrafts();
      const left = claimedSlots().filter((slot) => slotOwner(slot)?.alive === false);
      if (left.length === 0) return console.log("nothing to heal");
      for (const slot of left) {
        const result = await cleanUp(slot);
        if (!result) continue; // its guardian was faster
        const faults = result.openFaults.length > 0 ? `, healed ${result.openFaults.join(", ")}` : "";
        console.log(`${result.runId}: ended ${result.killedProcesses} processes${faults}`);
      }
    });
}
