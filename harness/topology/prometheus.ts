import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import type { AddressPlan } from "../network/addresses.ts";
import type { PrometheusFiles } from "../provision/recipes/prometheus.ts";
import type { NodeSpec } from "../runtime/node.ts";

const port = 19090;
const name = "prometheus";

export { name as prometheusName };

/** The alert rules of the reference system: what the test bed evaluates is what an operator is given. */
export const ruleFiles = fileURLToPath(
  new URL("../../observability/prometheus/rules/*.yaml", import.meta.url),
);

/** The base URL of Prometheus. */
export const prometheusUrl = (plan: AddressPlan): string => `http://${plan.real(name)}:${port}`;

/** Something that has metrics. */
export interface ScrapeTarget {
  /** The label `instance`: the node's name. */
  readonly instance: string;
  /** host:port, past all links, so that no fault on a link hides what happens at its ends. */
  readonly address: string;
}

export interface ScrapeJob {
  /** The label `job`. */
  readonly job: string;
  readonly targets: readonly ScrapeTarget[];
  /** How often, in whole seconds (default 1); less often what is dear to ask. */
  readonly everySeconds?: number;
  /** host:port of an exporter that is asked about each target, instead of the target itself. */
  readonly exporter?: string;
}

/**
 * The text of a `prometheus.yml` (JSON is YAML).
 * @param rules path of the rule files, whose last part may be a pattern.
 */
export function prometheusConfig(jobs: readonly ScrapeJob[], rules: string): string {
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [rules],
    scrape_configs: jobs.map(({ job, targets, everySeconds = 1, exporter }) => ({
      job_name: job,
      scrape_interval: `${everySeconds}s`,
      // What says itself which instance it is, as the service does, is believed.
      honor_labels: true,
      static_configs: targets.map(({ instance, address }) => ({ targets: [address], labels: { instance } })),
      ...(exporter === undefined ? {} : askedThrough(exporter)),
    })),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The pattern of exporters for many targets: https://prometheus.io/docs/guides/multi-target-exporter/ */
const askedThrough = (exporter: string) => ({
  metrics_path: "/scrape",
  relabel_configs: [
    { source_labels: ["__address__"], target_label: "__param_target", replacement: "redis://$1" },
    { target_label: "__address__", replacement: exporter },
  ],
});

/** A Prometheus server that scrapes a topology, evaluates the alert rules, and takes k6's remote writes. */
export function prometheusNode(
  plan: AddressPlan,
  { server }: PrometheusFiles,
  jobs: readonly ScrapeJob[],
): NodeSpec {
  const address = `${plan.real(name)}:${port}`;
  return {
    name,
    kind: "prometheus",
    address,
    command: server,
    args: [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=${address}`,
      "--web.enable-remote-write-receiver",
      "--log.level=warn",
    ],
    prepare: (folder) => writeFile(join(folder, "prometheus.yml"), prometheusConfig(jobs, ruleFiles)),
    ready: async () => {
      const response = await request(`http://${address}/-/ready`, { signal: AbortSignal.timeout(1_000) });
      await response.body.dump();
      return response.statusCode === 200;
    },
    readyWithin: "20s",
    stopSignal: "SIGTERM",
  };
}
