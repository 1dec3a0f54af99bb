import { Command } from "commander";
import pc from "picocolors";
import { loadScenarios } from "../../run/load-scenarios.ts";
import { table } from "../table.ts";

/** `faultline list [patterns]` */
export function listCommand(): Command {
  return new Command("list")
    .description("list the scenarios, each with its promise")
    .argument("[patterns...]", "files, folders, globs, or parts of a path")
    .option("--json", "as JSON")
    .action(async (patterns: string[], options: { json?: boolean }) => {
      const loaded = await loadScenarios(patterns);
      const rows = loaded.map(({ file, scenario }) => ({ file, title: scenario.title }));
      if (options.json) console.log(JSON.stringify(rows, null, 2));
      else console.log(table(rows.map(({ file, title }) => [pc.cyan(file), title])));
    });
}
