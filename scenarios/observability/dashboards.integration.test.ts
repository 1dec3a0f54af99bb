import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { provision } from "../../harness/provision/provision.ts";
import { runScenario } from "../../harness/run/runner.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { PrometheusApi } from "../../harness/topology/prometheus-api.ts";
import type { RunningTopology, Topology } from "../../harness/topology/topology.ts";
import { messageOf } from "../../harness/util/errors.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import type { Workload } from "../../harness/workload/workload.ts";
import { quickStt, well } from "../common.ts";
import { dashboards, metricsIn, queriesOf, withoutEnding } from "./dashboards.ts";

/** What a query showed over the whole run. */
interface Shown {
  readonly name: string;
  readonly expression: string;
  /** A number at some time, in some series. */
  readonly hasValues: boolean;
  /** Why Prometheus did not answer it. */
  readonly error?: string;
}

/** Tells of each topology that was started. */
const watched = (topology: Topology, told: (running: RunningTopology) => void): Topology => ({
  ...topology,
  start: async (context) => {
    const running = await topology.start(context);
    told(running);
    return running;
  },
});

/** Does something more at the end of a workload, while all nodes are still there. */
const followedBy = (workload: Workload, last: () => Promise<void>): Workload => ({
  ...workload,
  start: (context) => {
    const running = workload.start(context);
    return {
      stop: () => running.stop(),
      drained: () => running.drained(),
      stats: () => running.stats(),
      finalReads: async () => {
        await running.finalReads();
        await last();
      },
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    };
  },
});

/** Every query of every dashboard, over the last minutes, as Grafana makes them. */
async function askAll(api: PrometheusApi): Promise<Shown[]> {
  const to = Date.now() / 1_000;
  const shown: Shown[] = [];
  for (const { name, expression } of queriesOf(dashboards(), "10s")) {
    try {
      const series = await api.queryRange(expression, to - 300, to, 1);
      const hasValues = series.some(({ values }) => values.some(Number.isFinite));
      shown.push({ name, expression, hasValues });
    } catch (error) {
      shown.push({ name, expression, hasValues: false, error: messageOf(error) });
    }
  }
  return shown;
}

describe("the dashboards, of a real run with a fault", () => {
  let reports: string;
  let shown: Shown[] = [];
  let types: ReadonlyMap<string, string> = new Map();
  /** Exporters that this machine does not have: what reads their metrics is left out, and said. */
  let without: string[] = [];

  before(async function () {
    reports = mkdtempSync(join(tmpdir(), "dashboards-test-"));
    try {
      const { files } = (await provision(["prometheus"])).prometheus;
      without = [
        ...(files.redisExporter === undefined ? ["redis_"] : []),
        ...(files.postgresExporter === undefined ? ["pg_"] : []),
      ];
    } catch (error) {
      console.error(`      unsupported here: ${messageOf(error)}`);
      return this.skip();
    }
    if (without.length > 0)
      console.error(
        `      unsupported here: no exporters of ${without.join(", ")}: their panels are not looked at`,
      );
    let url = "";
    const topology = watched(quickStt({ prometheus: true }), ({ prometheus }) => {
      url = prometheus?.url ?? "";
    });
    const workload = followedBy(transcriptions({ rate: 4 }), async () => {
      const api = new PrometheusApi(url);
      shown = await askAll(api);
      types = await api.metricTypes();
    });
    const { record, error } = await runScenario(
      {
        file: "scenarios/observability/dashboards.integration.test.ts",
        scenario: scenario({
          title: "a run to look at",
          ...{ topology, workload, steadyState: well, checks: [] },
          faults: [at("10s", kill(leaderOf("stt-processing-topic"))).for("6s")],
        }),
      },
      { reportsFolder: reports, seed: 1, observer: () => {}, signal: new AbortController().signal },
    );
    if (error) throw error;
    expect(record.verdict, record.reasons.join("\n")).to.equal("passed");
  });

  after(() => rmSync(reports, { recursive: true }));

  const looksAt = (expression: string) =>
    metricsIn(expression).every((metric) => !without.some((prefix) => metric.startsWith(prefix)));

  it("have something to show in every panel", () => {
    expect(shown).not.to.be.empty;
    const empty = shown.filter(({ expression, hasValues }) => !hasValues && looksAt(expression));
    const lines = empty.map(
      ({ name, expression, error }) => `${name}: ${error ?? "nothing"}, of ${expression}`,
    );
    expect(lines.join("\n")).to.equal("");
  });

  it("read only metrics that some target has told of", () => {
    // Else `or vector(0)` would hide a misspelt name.
    const known = (metric: string) =>
      types.has(metric) ||
      types.has(withoutEnding(metric)) ||
      /^(stt:|ALERTS$|up$|scrape_duration_seconds$)/.test(metric);
    const unknown = shown
      .filter(({ expression }) => looksAt(expression))
      .flatMap(({ name, expression }) =>
        metricsIn(expression)
          .filter((metric) => !known(metric))
          .map((metric) => `${name}: ${metric}`),
      );
    expect(unknown).to.deep.equal([]);
  });
});
