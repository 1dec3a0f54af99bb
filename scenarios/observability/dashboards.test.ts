import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { RunMetrics } from "../../harness/run/run-metrics.ts";
import { dashboards, metricsIn, observabilityFolder, queriesOf, withoutEnding } from "./dashboards.ts";

/** The names of what the service measures, from the page that its own tests hold to it. */
function serviceMetrics(): string[] {
  const page = readFileSync(new URL("../../docs/service/telemetry.md", import.meta.url), "utf8");
  return [...page.matchAll(/^\| `(stt_[a-z_]+)` \|/gm)].map(([, name = ""]) => name);
}

/** The names of what a run shows. */
async function runMetrics(): Promise<string[]> {
  const metrics = new RunMetrics({
    ...{ id: "", scenario: "", events: [], samples: [], nodes: [] },
    ...{ phase: () => "setup", faults: () => [], now: () => 0 },
  });
  return [...(await metrics.text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
}

const rulesFolder = `${observabilityFolder}prometheus/rules/`;
const rules = readdirSync(rulesFolder).map((file) => readFileSync(rulesFolder + file, "utf8"));

/** What the rules record under names of their own. */
const recorded = rules.flatMap((text) =>
  [...text.matchAll(/^\s*- record: (\S+)$/gm)].map(([, name = ""]) => name),
);

describe("the dashboards", () => {
  const all = dashboards();
  const queries = queriesOf(all, "10s");

  it("are of a run, the service, Kafka and Redis", () => {
    expect(all.map(({ file }) => file)).to.deep.equal([
      "kafka.json",
      "redis.json",
      "run.json",
      "service.json",
    ]);
    expect(new Set(all.map(({ uid }) => uid)).size).to.equal(all.length);
    expect(queries).to.have.length.above(80);
  });

  it("ask for something in every panel, and have panels that can be told apart", () => {
    for (const { file, panels } of all) {
      const shown = panels.filter(({ type }) => type !== "row");
      for (const { title, targets = [] } of shown) expect(targets, `${file}: ${title}`).not.to.be.empty;
      expect(new Set(panels.map(({ id }) => id)).size, file).to.equal(panels.length);
      expect(new Set(shown.map(({ title }) => title)).size, file).to.equal(shown.length);
    }
  });

  it("shade what they show with the faults", () => {
    for (const { file, annotations } of all)
      expect(
        annotations.list.map(({ expr }) => metricsIn(expr)),
        file,
      ).to.deep.include(["faultline_fault_active"]);
  });

  it("show no zero for partitions of which nobody knows the leader", () => {
    const ofLeaders = queries.filter(({ expression }) => expression.includes("faultline_partition_leader"));
    expect(ofLeaders).not.to.be.empty;
    for (const { name, expression } of ofLeaders) expect(expression, name).not.to.include("vector(");
  });

  it("leave nothing of Grafana's in a query", () => {
    for (const { name, expression } of queries) expect(expression, name).not.to.include("$");
  });

  it("read only metrics of the service and of a run that there are", async () => {
    const known = new Set([...serviceMetrics(), ...(await runMetrics()), ...recorded]);
    const ours = /^(stt|faultline)[_:]/;
    for (const { name, expression } of queries) {
      const unknown = metricsIn(expression).filter(
        (metric) => ours.test(metric) && !known.has(metric) && !known.has(withoutEnding(metric)),
      );
      expect(unknown, name).to.deep.equal([]);
    }
  });
});

describe("the names of metrics in an expression", () => {
  it("are told from labels, functions, words and windows", () => {
    expect(
      metricsIn(
        'sum by (le, route) (rate(a_bucket{x="y} or z",w!~"b|c"}[10s])) / on (instance) b:c:d offset 5m',
      ),
    ).to.deep.equal(["a_bucket", "b:c:d"]);
    expect(metricsIn("count(ALERTS) or vector(0)")).to.deep.equal(["ALERTS"]);
    expect(
      metricsIn("histogram_quantile(0.95, sum by (le) (rate(a_bucket[1m:1s]))) > bool 1e3"),
    ).to.deep.equal(["a_bucket"]);
  });
});
