import { join } from "node:path";
import { Command } from "commander";
import { writeReport } from "../../report/report.ts";

/** `faultline report <run>` */
export function reportCommand(): Command {
  return new Command("report")
    .description("write the report of a run again, from what the run left")
    .argument("<run>", "a run's folder, or its name under reports/")
    .option("--reports <folder>", "where runs are", "reports")
    .action(async (run: string, options: { reports: string }) => {
      const folder = run.includes("/") ? run : join(options.reports, run);
      console.log((await writeReport(folder)).html);
    });
}
