import { formatDuration } from "../util/duration.ts";
import { formatNumber, formatWorst, verdictSign } from "./format.ts";
import type { Headline } from "./headline.ts";
import type { RunRecord } from "./record.ts";

/** Anomalies named per check; the report holds more. */
const shownAnomalies = 5;

/** The run as Markdown, short enough for a GitHub job summary. */
export function markdownSummary(
  record: RunRecord,
  headline: readonly Headline[],
  notices: readonly string[],
): string {
  const blocks = [
    `## ${verdictSign[record.verdict]} ${record.verdict}: ${escapeMarkdown(record.scenario.title)}`,
    list([...record.reasons, ...notices]),
    table(
      headline.map(({ label }) => label),
      [headline.map(({ value }) => value)],
    ),
    titled("Faults", faultTable(record)),
    titled("Thresholds", thresholdTable(record)),
    titled("Checks", checkList(record)),
    titled("Unsupported here", list(record.unsupported)),
    `Run \`${inCode(record.id)}\`, seed ${record.seed}, ${formatDuration(record.durationMs)}. Run it again:`,
    `\`\`\`sh\n${record.replay.replaceAll("```", "")}\n\`\`\``,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function faultTable(record: RunRecord): string {
  const ms = (value: number | null | undefined) =>
    value === undefined ? "–" : value === null ? "never" : formatDuration(value);
  return table(
    ["Fault", "On", "Proven", "Failed over", "RTO", "Errors", "Lost", "Duplicated", "Healed"],
    record.faults.map((fault) => [
      fault.fault,
      fault.nodes.length > 0 ? `${fault.nodes.join(", ")} (${fault.target})` : fault.target,
      fault.provenAt === undefined ? "✕ no" : "✓ yes",
      ms(fault.failoverMs),
      ms(fault.rtoMs),
      count(fault.errors),
      count(fault.lost),
      count(fault.duplicated),
      fault.healProvenAt === undefined ? "✕ not proven" : "✓ proven",
    ]),
  );
}

function thresholdTable(record: RunRecord): string {
  return table(
    ["", "Phase", "Metric", "Bound", "Measured"],
    record.thresholds.map(({ verdict, phase, metric, bound, actual, worst }) => [
      `${verdictSign[verdict]} ${verdict}`,
      phase,
      metric,
      bound,
      actual === undefined
        ? "no sample"
        : `${formatNumber(actual)}${worst === undefined ? "" : ` (${formatWorst(worst)})`}`,
    ]),
  );
}

function checkList(record: RunRecord): string {
  return record.checks
    .map((check) => {
      const anomalies = check.anomalies
        .slice(0, shownAnomalies)
        .map(({ type, message }) => `  - ${escapeMarkdown(`${type}: ${message}`)}`);
      const hidden = check.anomalies.length - anomalies.length;
      if (hidden > 0) anomalies.push(`  - and ${hidden} more, see report.html`);
      const head = `${verdictSign[check.verdict]} ${check.verdict}: ${check.name}: ${check.reason}`;
      return [`- ${escapeMarkdown(head)}`, ...anomalies].join("\n");
    })
    .join("\n");
}

function titled(title: string, body: string): string {
  return body === "" ? "" : `### ${title}\n\n${body}`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${escapeMarkdown(line)}`).join("\n");
}

/** A table of plain texts; none without rows. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0 || heads.length === 0) return "";
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [line(heads), `|${" --- |".repeat(heads.length)}`, ...rows.map(line)].join("\n");
}

function count(value: number | undefined): string {
  return value === undefined ? "–" : formatNumber(value);
}

/** One line of plain text: neither Markdown nor HTML in it takes effect. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_[\]|~#@]/g, (sign) => (sign === "@" ? "&#64;" : `\\${sign}`));
}

function inCode(text: string): string {
  return text.replaceAll("`", "'");
}
