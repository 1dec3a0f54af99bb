import type { AddressPlan } from "../network/addresses.ts";
import { harnessName } from "../network/link.ts";
import type { PrometheusFiles } from "../provision/recipes/prometheus.ts";
import type { NodeSpec } from "../runtime/node.ts";
import {
  postgresExporterAddress,
  postgresExporterName,
  postgresExporterNode,
  redisExporterAddress,
  redisExporterName,
  redisExporterNode,
} from "./exporters.ts";
import { prometheusName, prometheusNode, prometheusUrl, type ScrapeJob } from "./prometheus.ts";
import type { PrometheusAccess } from "./topology.ts";

const harnessPort = 18290;

/** What watches a topology. */
export interface Observers {
  readonly nodes: readonly NodeSpec[];
  readonly access: PrometheusAccess;
  /** What there will be no metrics of, and why, one sentence each. */
  readonly missing: readonly string[];
}

type Place = Pick<NodeSpec, "name" | "kind" | "address">;

/**
 * A Prometheus server for some nodes, and the exporters that this machine has of those that it needs. Brokers have no part in it:
 * what is known of them comes from the harness, which asks them anyway, and a JMX agent would make them start slower.
 */
export function observersOf(plan: AddressPlan, files: PrometheusFiles, watched: readonly Place[]): Observers {
  const ofKind = (...kinds: readonly string[]) =>
    watched
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ name, address }) => ({ instance: name, address }));
  const redis = ofKind("redis", "sentinel");
  const [postgres] = ofKind("postgres");
  const scrapesHarnessAt = `${plan.real(harnessName)}:${harnessPort}`;
  // What is not in the topology needs no exporter.
  const redisExporter = redis.length > 0 ? files.redisExporter : undefined;
  const postgresExporter = postgres === undefined ? undefined : files.postgresExporter;
  const jobs: ScrapeJob[] = [
    { job: "faultline", targets: [{ instance: harnessName, address: scrapesHarnessAt }] },
    {
      job: "prometheus",
      targets: [{ instance: prometheusName, address: new URL(prometheusUrl(plan)).host }],
    },
    { job: "stt", targets: ofKind("stt") },
    { job: "toxiproxy", targets: ofKind("toxiproxy") },
    ...(redisExporter === undefined
      ? []
      : [{ job: "redis", targets: redis, exporter: redisExporterAddress(plan) }]),
    ...(postgresExporter === undefined
      ? []
      : [
          {
            ...{ job: "postgres", everySeconds: 5 },
            targets: [{ instance: "postgres", address: postgresExporterAddress(plan) }],
          },
        ]),
  ].filter(({ targets }) => targets.length > 0);
  return {
    nodes: [
      prometheusNode(plan, files, jobs),
      ...(redisExporter === undefined ? [] : [redisExporterNode(plan, redisExporter)]),
      ...(postgresExporter === undefined || postgres === undefined
        ? []
        : [postgresExporterNode(plan, postgresExporter, postgres.address, files)]),
    ],
    access: { url: prometheusUrl(plan), scrapesHarnessAt },
    missing: [
      ...(redis.length > 0 && redisExporter === undefined
        ? [`no metrics of Redis: there is no ${redisExporterName} here`]
        : []),
      ...(postgres !== undefined && postgresExporter === undefined
        ? [`no metrics of PostgreSQL: there is no ${postgresExporterName} here`]
        : []),
    ],
  };
}
