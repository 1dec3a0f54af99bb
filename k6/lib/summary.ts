/** What k6 passes to `handleSummary`, as far as it is used here. */
export interface SummaryData {
  readonly metrics: Readonly<Record<string, SummaryMetric>>;
  readonly state: { readonly testRunDurationMs: number };
}

export interface SummaryMetric {
  readonly type: "trend" | "rate" | "counter" | "gauge";
  /** "time" for ms. */
  readonly contains: string;
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** What the summary is about. */
export interface SummaryHead {
  readonly script: string;
  readonly profile: string;
  readonly model: string;
  readonly strict: boolean;
  readonly scale: number;
}

/** The gauge that a ramp to the breaking point keeps at the rate it has come to. */
export const offeredRate = "offered_rate";

/**
 * A summary for people: each threshold with the value that was measured, then each metric. A threshold whose metric has no
 * sample holds by k6's rules, and says nothing: it is shown as such.
 */
export function renderSummary(
  data: SummaryData,
  { script, profile, model, strict, scale }: SummaryHead,
): string {
  const title = `${script}: ${profile}, ${profile === "breakpoint" ? "open" : model} model${strict ? ", strict" : ""}${scale === 1 ? "" : `, times x ${scale}`}, ${seconds(data.state.testRunDurationMs)}`;
  const metrics = Object.entries(data.metrics).sort(([a], [b]) => a.localeCompare(b));
  const bounds = metrics.flatMap(([name, metric]) => boundLines(name, metric));
  const parts = [
    title,
    ...(bounds.length === 0 ? [] : [table(bounds)]),
    ...(profile === "breakpoint" ? [breakpointLine(data)] : []),
    table(metrics.map(([name, metric]) => [name, ...valuesOf(metric)])),
  ];
  return `\n${parts.join("\n\n")}\n\n`;
}

/** At which rate a ramp broke, or that it did not. */
function breakpointLine({ metrics }: SummaryData): string {
  const rate = metrics[offeredRate]?.values.value;
  if (rate === undefined) return "breaking point: no iteration began";
  const broken = Object.entries(metrics).flatMap(([name, { thresholds = {} }]) =>
    Object.entries(thresholds).flatMap(([expression, { ok }]) => (ok ? [] : [`${name} ${expression}`])),
  );
  return broken.length === 0
    ? `breaking point: none up to ${number(rate)} iterations a second (raise it by -e MAX_RATE=...)`
    : `breaking point: ${number(rate)} iterations a second, by ${broken.join(" and ")}`;
}

function boundLines(name: string, metric: SummaryMetric): string[][] {
  return Object.entries(metric.thresholds ?? {}).map(([expression, { ok }]) => {
    const aggregation = /^[a-z]+(\([\d.]+\))?/.exec(expression)?.[0] ?? "";
    const value = hasSamples(metric) ? metric.values[aggregation] : undefined;
    const mark = value === undefined ? "?" : ok ? "✓" : "✗";
    return [`${mark} ${name}`, expression, value === undefined ? "no sample" : quantity(value, metric)];
  });
}

/** Of counters none is a value as well. */
function hasSamples({ type, values }: SummaryMetric): boolean {
  if (type === "trend") return values.count === undefined ? true : values.count > 0;
  if (type === "rate") return (values.passes ?? 0) + (values.fails ?? 0) > 0;
  return true;
}

function valuesOf(metric: SummaryMetric): string[] {
  const { type, values } = metric;
  const show = (name: string) => quantity(values[name] ?? 0, metric);
  switch (type) {
    case "trend":
      return [["med", "p(95)", "p(99)", "max"].map((name) => `${name}=${show(name)}`).join("  ")];
    case "rate":
      return [`${show("rate")}  (${values.passes ?? 0} of ${(values.passes ?? 0) + (values.fails ?? 0)})`];
    case "counter":
      return [`${show("count")}  (${number(values.rate ?? 0)}/s)`];
    case "gauge":
      return [show("value")];
  }
}

function quantity(value: number, { type, contains }: SummaryMetric): string {
  if (type === "rate") return `${number(100 * value)}%`;
  if (contains === "time") return `${number(value)}ms`;
  return number(value);
}

/** Three digits that matter, and all of those before the point. */
function number(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

const seconds = (ms: number) => `${number(ms / 1_000)}s`;

/** Rows as columns of text, two blanks between. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, column) => Math.max(all[column] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
