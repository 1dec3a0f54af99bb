import { Command } from "commander";
import { cleanUp } from "../../runtime/clean-up.ts";
import { signal } from "../../runtime/proc.ts";
import { claimedSlots, type Slot, slotOwner } from "../../runtime/slot.ts";
import { until } from "../../util/until.ts";

/** `faultline down` */
export function downCommand(): Command {
  return new Command("down")
    .description("end the topologies that `faultline up` started")
    .option("--all", "end runs of scenarios as well")
    .action(async (options: { all?: boolean }) => {
      const ended = claimedSlots().filter((slot) => {
        const owner = slotOwner(slot);
        return owner && (options.all || owner.command.startsWith("up"));
      });
      if (ended.length === 0) return console.log("nothing is up");
      await Promise.all(ended.map(end));
    });
}

/** Asks the runner to end its run; where it is gone, cleans up in its place. */
async function end(slot: Slot): Promise<void> {
  const owner = slotOwner(slot);
  if (!owner) return;
  if (owner.alive && signal(owner.runner.pid, "SIGTERM")) {
    await until(() => slotOwner(slot)?.id !== owner.id, `${owner.id} is torn down`)
      .every("100ms")
      .atMost("60s");
  } else {
    await cleanUp(slot);
  }
  console.log(`${owner.id} is down`);
}
