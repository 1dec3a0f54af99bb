import { settings } from "./script.ts";
import { renderSummary, type SummaryData } from "./summary.ts";

/** What a script's `handleSummary` returns: text for the terminal and, with -e SUMMARY=file, all of it as JSON. */
export function report(script: string, data: SummaryData): Record<string, string> {
  const text = renderSummary(data, { script, ...settings });
  return settings.summary === undefined
    ? { stdout: text }
    : { stdout: text, [settings.summary]: JSON.stringify(data, undefined, 2) };
}
