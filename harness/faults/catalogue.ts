import type { Flow } from "../network/network.ts";
import type { Capability } from "../provision/capabilities.ts";
import type { Topology } from "../topology/topology.ts";
import { bandwidth } from "./bandwidth.ts";
import { blackhole } from "./blackhole.ts";
import { clockSkew } from "./clock-skew.ts";
import { cpuLimit } from "./cpu-limit.ts";
import { crashLoop } from "./crash-loop.ts";
import { cut } from "./cut.ts";
import { dagloMode, dagloModeFaults } from "./daglo-mode.ts";
import { diskFull } from "./disk-full.ts";
import type { Fault, Target } from "./fault.ts";
import { fileDescriptors } from "./file-descriptors.ts";
import { isolate } from "./isolate.ts";
import { kill } from "./kill.ts";
import { latency } from "./latency.ts";
import { limit } from "./limit.ts";
import { linksTo } from "./link-targets.ts";
import { memoryLimit } from "./memory-limit.ts";
import { partition } from "./partition.ts";
import { bridge, bySite, majorityMinority, oneWay, ring } from "./partition-shapes.ts";
import { pause } from "./pause.ts";
import { postgresOutOfConnections } from "./postgres-connections.ts";
import { reset } from "./reset.ts";
import { restart, rollingRestart } from "./restart.ts";
import { pick } from "./schedule.ts";
import { slicer } from "./slicer.ts";
import { slowClose } from "./slow-close.ts";
import { stop } from "./stop.ts";
import { all, controller, node, redisPrimary } from "./targets.ts";

/** What a topology consists of, as far as faults are drawn for it. */
export type TopologyShape = Pick<Topology, "nodes">;

/** A kind of fault, and how one is drawn. */
export interface CatalogueEntry {
  readonly family: "node" | "link" | "partition" | "dependency" | "resource" | "clock";
  readonly kind: string;
  /** What the machine must be able to do. */
  readonly needs: readonly Capability[];
  /** @param random numbers in [0, 1): from the same ones comes the same fault. */
  draw(random: () => number): Fault;
}

type Draw = CatalogueEntry["draw"];

/** Every kind of fault that can strike a topology. What belongs to the test bed, its proxies, is left alone. */
export const catalogueOf = (topology: TopologyShape): CatalogueEntry[] =>
  topology.nodes.some(({ kind }) => kind !== "toxiproxy")
    ? [nodeFaults, linkFaults, partitions, dependencyFaults, resourceFaults, clockFaults].flatMap((family) =>
        family(topology),
      )
    : [];

function nodeFaults(topology: TopologyShape): CatalogueEntry[] {
  const on =
    (make: (target: Target) => Fault): Draw =>
    (random) =>
      make(drawTarget(topology, random));
  const several = kindsOfSeveral(topology);
  return [
    entry("node", "kill", on(kill)),
    entry("node", "stop", on(stop)),
    entry("node", "pause", on(pause)),
    entry("node", "restart", on(restart)),
    entry("node", "crash-loop", on(crashLoop)),
    ...when(several.length > 0, () => [
      entry("node", "rolling-restart", (random) => rollingRestart(all(pick(several, random)))),
    ]),
  ];
}

function linkFaults(topology: TopologyShape): CatalogueEntry[] {
  const on =
    (make: (links: Target, random: () => number, flow: Flow) => Fault): Draw =>
    (random) =>
      make(linksTo(drawTarget(topology, random)), random, pick(["upstream", "downstream", "both"], random));
  return [
    entry("link", "cut", on(cut)),
    entry(
      "link",
      "blackhole",
      on((links, _, flow) => blackhole(links, { flow })),
    ),
    entry(
      "link",
      "reset",
      on((links, _, flow) => reset(links, { flow })),
    ),
    entry(
      "link",
      "latency",
      on((links, random, flow) => {
        const ms = whole(random, 20, 1_000);
        const distribution = pick(["uniform", "normal"] as const, random);
        return latency(links, { latency: ms, jitter: whole(random, 0, ms / 2), distribution, flow });
      }),
    ),
    entry(
      "link",
      "bandwidth",
      on((links, random, flow) => bandwidth(links, { kilobytesPerSecond: whole(random, 10, 500), flow })),
    ),
    entry(
      "link",
      "slicer",
      on((links, random, flow) => slicer(links, { size: whole(random, 50, 1_000), delay: "10ms", flow })),
    ),
    entry(
      "link",
      "slow-close",
      on((links, random, flow) => slowClose(links, { delay: whole(random, 200, 2_000), flow })),
    ),
    entry(
      "link",
      "limit",
      on((links, random, flow) => limit(links, { bytes: whole(random, 1_000, 100_000), flow })),
    ),
  ];
}

function partitions(topology: TopologyShape): CatalogueEntry[] {
  const brokers = namesOf(topology, ["kafka"]);
  const services = namesOf(topology, ["stt"]);
  const servers = namesOf(topology, ["redis"]);
  return [
    entry("partition", "isolate", (random) =>
      isolate(drawTarget(topology, random), random() < 0.5 ? { clients: true } : {}),
    ),
    ...when(brokers.length >= 2, () => [
      entry("partition", "one-way", (random) => {
        const from = pick(brokers, random);
        const others = brokers.filter((name) => name !== from);
        return partition(oneWay(node(from), node(pick(others, random))));
      }),
    ]),
    ...when(brokers.length >= 3, () => [
      entry("partition", "majority-minority", () => partition(majorityMinority())),
      entry("partition", "bridge", (random) => partition(bridge(node(pick(brokers, random))))),
    ]),
    ...when(brokers.length >= 4, () => [entry("partition", "ring", () => partition(ring()))]),
    ...when(services.length >= 2 && servers.length >= 2, () => [
      entry("partition", "by-site", (random) => {
        const shift = whole(random, 0, servers.length - 1);
        const site = (index: number) =>
          [services[index], servers[(index + shift) % servers.length]].filter((name) => name !== undefined);
        return partition(bySite({ a: site(0), b: site(1) }));
      }),
    ]),
  ];
}

function dependencyFaults(topology: TopologyShape): CatalogueEntry[] {
  return [
    ...when(namesOf(topology, ["daglo"]).length > 0, () =>
      dagloModeFaults.map((mode) => entry("dependency", `daglo ${mode}`, () => dagloMode(mode))),
    ),
    ...when(namesOf(topology, ["postgres"]).length > 0, () => [
      entry("dependency", "out-of-connections", postgresOutOfConnections),
    ]),
  ];
}

function resourceFaults(topology: TopologyShape): CatalogueEntry[] {
  const brokers = namesOf(topology, ["kafka"]);
  const any = (random: () => number) => drawTarget(topology, random);
  const broker = (random: () => number) => node(pick(brokers, random));
  return [
    entry("resource", "cpu-limit", (random) => cpuLimit(any(random), { cores: whole(random, 2, 30) / 100 }), [
      "cgroup-cpu",
    ]),
    entry("resource", "file-descriptors", (random) => fileDescriptors(any(random)), ["prlimit"]),
    ...when(brokers.length > 0, () => [
      entry(
        "resource",
        "memory-limit",
        (random) => memoryLimit(broker(random), { bytes: whole(random, 48, 128) * MiB }),
        ["cgroup-memory"],
      ),
      entry("resource", "disk-full", (random) => diskFull(broker(random)), ["tmpfs"]),
    ]),
  ];
}

const MiB = 1_048_576;

/**
 * Not of the upstream: jobs that it began while its clock was an hour fast end in an hour, so that a schedule with it says nothing of
 * the service (a hunt found "stuck" recordings).
 */
function clockFaults(topology: TopologyShape): CatalogueEntry[] {
  const settable = namesOf(topology, ["kafka", "stt", "postgres"]);
  return when(settable.length > 0, () => [
    entry(
      "clock",
      "clock-skew",
      (random) => {
        const by = `${whole(random, 10, 3_600)}s`;
        return clockSkew(node(pick(settable, random)), random() < 0.5 ? { forward: by } : { back: by });
      },
      ["libfaketime"],
    ),
  ]);
}

function entry(
  family: CatalogueEntry["family"],
  kind: string,
  draw: Draw,
  needs: readonly Capability[] = [],
): CatalogueEntry {
  return { family, kind, needs, draw };
}

const when = (applies: boolean, entries: () => CatalogueEntry[]): CatalogueEntry[] =>
  applies ? entries() : [];

const namesOf = ({ nodes }: TopologyShape, kinds: readonly string[]): string[] =>
  nodes.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);

/** A node by its name, or one of the two that lead others. */
function drawTarget({ nodes }: TopologyShape, random: () => number): Target {
  const struck = nodes.filter(({ kind }) => kind !== "toxiproxy");
  const has = (wanted: string) => nodes.some(({ kind }) => kind === wanted);
  const leaders = [...(has("kafka") ? [controller()] : []), ...(has("redis") ? [redisPrimary()] : [])];
  return pick([...struck.map(({ name }) => node(name)), ...leaders], random);
}

/** The kinds of which there are several nodes. */
const kindsOfSeveral = ({ nodes }: TopologyShape): string[] =>
  [...Map.groupBy(nodes, ({ kind }) => kind)]
    .filter(([, members]) => members.length > 1)
    .map(([kind]) => kind);

/** A whole number from one to another, both included. */
const whole = (random: () => number, from: number, to: number): number =>
  from + Math.floor(random() * (Math.floor(to) - from + 1));
