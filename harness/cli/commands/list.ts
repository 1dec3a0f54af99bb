import { Command } from "commander";
import pc from "picocolors";
import { loadScenarios } from "../../run/load-scenarios.ts";
import { scenariosMarkdown } from "../../run/scenarios-markdown.ts";
import { suiteOf } from "../../run/suite-select.ts";
import { table } from "../table.ts";

/** `faultline list [patterns]` */
export function listCommand(): Command {
  return new Command("list")
    .description("list the scenarios, each with its promise")
    .argument("[patterns...]", "files, folders, globs, or parts of a path")
    .option("--json", "as JSON")
    .option("--markdown", "as a page, with all that each does")
    .action(async (patterns: string[], options: { json?: boolean; markdown?: boolean }) => {
      const loaded = await loadScenarios(patterns);
      if (options.markdown) return void process.stdout.write(scenariosMarkdown(loaded));
      const rows = loaded.map((one) => ({ file: one.file, suite: suiteOf(one), title: one.scenario.title }));
      if (options.json) console.log(JSON.stringify(rows, null, 2));
      else {
        const columns = ({ file, suite, title }: (typeof rows)[number]) => [
          pc.cyan(file),
          suite === "default" ? "" : pc.yellow(suite),
          title,
        ];
        console.log(table(rows.map(columns)));
      }
    });
}
