/** What the command line is made of: every command, with its options, examples and exit codes. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { checkCommand } from "./commands/check.ts";
import { clientsCommand } from "./commands/clients.ts";
import { compareCommand } from "./commands/compare.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downCommand } from "./commands/down.ts";
import { healCommand } from "./commands/heal.ts";
import { huntCommand } from "./commands/hunt.ts";
import { listCommand } from "./commands/list.ts";
import { loadCommand } from "./commands/load.ts";
import { mutantsCommand } from "./commands/mutants.ts";
import { planCommand } from "./commands/plan.ts";
import { replayCommand } from "./commands/replay.ts";
import { reportCommand } from "./commands/report.ts";
import { runCommand } from "./commands/run.ts";
import { shrinkCommand } from "./commands/shrink.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";

/** The whole command line, ready to parse. */
export function faultline(): Command {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const program = new Command("faultline")
    .description(
      "Breaks real clusters under load, and says with evidence what was lost and how long recovery took.",
    )
    .version(version)
    .showHelpAfterError("(faultline --help shows the commands)")
    .addHelpText(
      "after",
      `
Examples:
  faultline run                     run the default suite
  faultline run leader-crash        run the scenarios whose path contains "leader-crash"
  faultline plan leader-crash       say what would happen, without doing it
  faultline up                      start the reference topology and stay
  faultline hunt --budget 20m       look for faults that the service does not survive
  faultline check history.ndjson --checker log
  faultline load                    a smoke test by k6
  faultline compare main/ branch/   tell a regression of a load run from noise
  faultline doctor --fix            check this machine, and install what is missing

Exit codes: 0 passed, 1 failed, 2 usage, 3 environment, 4 inconclusive, 5 heal failed,
99 a load run broke only its thresholds, or got slower, 130 interrupted`,
    );

  for (const command of [
    runCommand(),
    loadCommand(),
    listCommand(),
    planCommand(),
    mutantsCommand(),
    clientsCommand(),
    doctorCommand(),
    upCommand(),
    downCommand(),
    statusCommand(),
    healCommand(),
    reportCommand(),
    checkCommand(),
    compareCommand(),
    huntCommand(),
    replayCommand(),
    shrinkCommand(),
  ]) {
    program.addCommand(command.exitOverride());
  }
  return program;
}
