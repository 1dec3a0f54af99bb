/** A line of Prometheus's text format. */
export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The samples of Prometheus's text format 0.0.4; comments, and values that are no finite number, are left out.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseMetrics(text: string): MetricLine[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
    if (name === undefined || !Number.isFinite(Number(value))) return [];
    const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    const read = pairs.map(([, label = "", escaped = ""]) => [label, unescaped(escaped)]);
    return [{ name, labels: Object.fromEntries(read), value: Number(value) }];
  });
}

/** In the value of a label, a backslash, a quote and a line feed are written with a backslash before them. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
