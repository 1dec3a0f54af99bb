import { expect } from "chai";
import { AddressPlan } from "../network/addresses.ts";
import { harnessName } from "../network/link.ts";
import { observersOf } from "./observed.ts";
import { prometheusConfig } from "./prometheus.ts";
import { stt } from "./stt.ts";

const names = [
  "redis-1",
  "sentinel-1",
  "postgres",
  "stt-1",
  "prometheus",
  "redis-exporter",
  "postgres-exporter",
];
const plan = new AddressPlan(9, [...names, "toxiproxy", "kafka-1", harnessName]);
const place = (name: string, kind: string, port: number) => ({
  name,
  kind,
  address: `${plan.real(name)}:${port}`,
});
const nodes = [
  place("kafka-1", "kafka", 19091),
  place("redis-1", "redis", 16379),
  place("sentinel-1", "sentinel", 26379),
  place("postgres", "postgres", 15432),
  place("stt-1", "stt", 18000),
  place("toxiproxy", "toxiproxy", 18474),
];
const files = {
  server: "/prometheus",
  promtool: "/promtool",
  redisExporter: "/redis",
  postgresExporter: "/pg",
  pinned: true,
};

describe("what watches a topology", () => {
  it("scrapes the harness, the service and Toxiproxy, and Redis and PostgreSQL by their exporters", () => {
    const { nodes: observers, access, missing } = observersOf(plan, files, nodes);
    expect(observers.map(({ name }) => name)).to.deep.equal([
      "prometheus",
      "redis-exporter",
      "postgres-exporter",
    ]);
    expect(access).to.deep.equal({ url: "http://127.9.0.5:19090", scrapesHarnessAt: "127.9.0.10:18290" });
    expect(missing).to.deep.equal([]);
    expect(observers.at(-1)?.env?.DATA_SOURCE_NAME).to.include("@127.9.0.3:15432/");
  });

  it("gives an exporter that was on PATH no flag that only some versions know", () => {
    const argsOf = (pinned: boolean) => observersOf(plan, { ...files, pinned }, nodes).nodes.at(-1)?.args;
    const flags = ["--disable-settings-metrics", "--no-collector.bgwriter"];
    expect(argsOf(true)).to.include.members(flags);
    expect(argsOf(false)?.filter((arg) => flags.includes(arg))).to.deep.equal([]);
  });

  it("goes on without an exporter that this machine does not have, and says so", () => {
    const without = { ...files, redisExporter: undefined, postgresExporter: undefined };
    const { nodes: observers, missing } = observersOf(plan, without, nodes);
    expect(observers.map(({ name }) => name)).to.deep.equal(["prometheus"]);
    expect(missing).to.deep.equal([
      "no metrics of Redis: there is no redis-exporter here",
      "no metrics of PostgreSQL: there is no postgres-exporter here",
    ]);
  });

  it("starts and misses no exporter of what is not there", () => {
    const without = { ...files, redisExporter: undefined, postgresExporter: undefined };
    const withoutStores = new AddressPlan(9, ["kafka-1", "prometheus", harnessName]);
    const broker = { name: "kafka-1", kind: "kafka", address: `${withoutStores.real("kafka-1")}:19091` };
    for (const found of [files, without]) {
      const { nodes: observers, missing } = observersOf(withoutStores, found, [broker]);
      expect(observers.map(({ name }) => name)).to.deep.equal(["prometheus"]);
      expect(missing).to.deep.equal([]);
    }
  });

  it("asks an exporter about a target, whose name the series have", () => {
    const targets = [{ instance: "redis-1", address: "127.9.0.1:16379" }];
    const jobs = [{ job: "redis", targets, exporter: "127.9.0.6:18121", everySeconds: 5 }];
    const { rule_files, scrape_configs } = JSON.parse(prometheusConfig(jobs, "/rules/*.yaml"));
    expect(rule_files).to.deep.equal(["/rules/*.yaml"]);
    expect(scrape_configs).to.deep.equal([
      {
        ...{ job_name: "redis", scrape_interval: "5s", honor_labels: true, metrics_path: "/scrape" },
        static_configs: [{ targets: ["127.9.0.1:16379"], labels: { instance: "redis-1" } }],
        relabel_configs: [
          { source_labels: ["__address__"], target_label: "__param_target", replacement: "redis://$1" },
          { target_label: "__address__", replacement: "127.9.0.6:18121" },
        ],
      },
    ]);
  });

  it("is a part of the topology when it is asked for, and only then", () => {
    const { name, nodes: declared, components, key } = stt({ prometheus: true });
    expect(name).to.equal("3 kafka, redis sentinel, 2 stt, prometheus");
    expect(components).to.include("prometheus");
    expect(declared.slice(-4).map((one) => one.name)).to.deep.equal([
      ...["prometheus", "redis-exporter", "postgres-exporter", "toxiproxy"],
    ]);
    expect(stt().components).not.to.include("prometheus");
    expect(stt({ prometheus: false }).key)
      .to.equal(stt().key)
      .and.not.to.equal(key);
  });
});
