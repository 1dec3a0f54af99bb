import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** Where everything for Prometheus and Grafana lies. */
export const observabilityFolder = fileURLToPath(new URL("../../observability/", import.meta.url));

/** A query that a dashboard makes. */
export interface DashboardQuery {
  /** File, panel and query: `kafka.json: Lag, A`. */
  readonly name: string;
  /** PromQL, with nothing of Grafana's left in it. */
  readonly expression: string;
}

const targetSchema = z.object({ refId: z.string(), expr: z.string() });

const panelSchema = z.object({
  id: z.int(),
  title: z.string(),
  type: z.string(),
  targets: z.array(targetSchema).optional(),
});

const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(panelSchema),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
});

export type Dashboard = z.infer<typeof dashboardSchema> & {
  /** Its file's name. */
  readonly file: string;
};

/** All dashboards, parsed. */
export function dashboards(): Dashboard[] {
  const folder = `${observabilityFolder}grafana/dashboards/`;
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({ file, ...dashboardSchema.parse(JSON.parse(readFileSync(folder + file, "utf8"))) }));
}

/**
 * Every query of every panel, and of the annotations that shade them.
 * @param rateInterval what Grafana puts in for `$__rate_interval`: `10s`.
 */
export function queriesOf(all: readonly Dashboard[], rateInterval: string): DashboardQuery[] {
  const written = ({ file, panels, annotations }: Dashboard) => [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({ name: `${file}: ${title}, ${refId}`, expr })),
    ),
    ...annotations.list.map(({ name, expr }) => ({ name: `${file}: annotation ${name}`, expr })),
  ];
  return all.flatMap(written).map(({ name, expr }) => ({
    name,
    expression: expr.replaceAll("$__rate_interval", rateInterval),
  }));
}

/** PromQL's own words that may stand where a metric could. */
const words = new Set([
  "and",
  "or",
  "unless",
  "by",
  "without",
  "on",
  "ignoring",
  "offset",
  "bool",
  "group_left",
  "group_right",
]);

/**
 * The names of the metrics that an expression of PromQL reads. Prometheus itself offers no parser before version 3, and our
 * expressions are plain.
 */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, "") // strings, before the braces that they may hold
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ")
    .replaceAll(/\boffset\s+\w+/g, " ");
  const names = bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g);
  return [...new Set([...names].map(([name]) => name).filter((name) => !words.has(name)))];
}

/** The metric that a series belongs to, as its target tells of it: a histogram's have endings. */
export const withoutEnding = (name: string): string => name.replace(/_(bucket|sum|count)$/, "");
