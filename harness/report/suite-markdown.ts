import { formatDuration } from "../util/duration.ts";
import { verdictSign } from "./format.ts";
import { escapeMarkdown, table } from "./markdown.ts";
import { countOutcomes, rtoText, type SuiteRecord, type SuiteRow, worstOutcome } from "./suite-record.ts";

/** The suite as Markdown, for a GitHub job summary: what did not pass first, with its reasons, then all. */
export function suiteMarkdown(record: SuiteRecord): string {
  const { rows } = record;
  const worst = worstOutcome(rows);
  const sums = countOutcomes(rows).map(([outcome, count]) => `${count} ${outcome}`);
  const notPassed = rows.filter(({ outcome }) => outcome !== "passed" && outcome !== "not run");
  const blocks = [
    `## ${verdictSign[worst]} ${sums.join(", ") || "nothing ran"}`,
    record.endedBy === undefined ? "" : `Ended early: ${escapeMarkdown(record.endedBy)}.`,
    notPassed.map(reasonsOf).join("\n"),
    table(["", "Scenario", "Promise", "RTO", "Time"], rows.map(cellsOf)),
    `Suite \`${record.id}\`, seed ${record.seed}, ${formatDuration(record.durationMs)}. Run it again:`,
    `\`\`\`sh\n${record.command.replaceAll("```", "")}\n\`\`\``,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function reasonsOf({ outcome, family, name, reasons, replay }: SuiteRow): string {
  const head = `- ${verdictSign[outcome]} ${outcome}: ${escapeMarkdown(`${family}/${name}`)}`;
  const lines = reasons.map((reason) => `  - ${escapeMarkdown(reason)}`);
  return [head, ...lines, `  - \`${replay.replaceAll("`", "'")}\``].join("\n");
}

const cellsOf = (row: SuiteRow): string[] => [
  `${verdictSign[row.outcome]} ${row.outcome}`,
  `${row.family}/${row.name}`,
  row.title,
  rtoText(row),
  row.durationMs === undefined ? "–" : formatDuration(row.durationMs),
];
