/**
 * A runner for tests, in a process of its own so that it can be killed: starts Toxiproxy, a proxied server and an idle
 * program, injects faults (a paused node, a toxic, and as far as this machine can: limits, a full disk, a wrong clock),
 * prints one line of JSON, and stays.
 */
import { AddressPlan } from "../../network/addresses.ts";
import { link } from "../../network/link.ts";
import { Toxiproxy } from "../../network/toxiproxy.ts";
import { examineCapability } from "../../provision/capabilities.ts";
import { provision } from "../../provision/provision.ts";
import { ProcessRuntime } from "../runtime.ts";

const runId = process.argv[2] ?? "guarded";
const { toxiproxy, redis } = await provision(["toxiproxy", "redis"]);
const runtime = new ProcessRuntime({
  runId,
  command: "test",
  preparations: [
    { type: "small-disk", kind: "redis", bytes: 8 * 1_048_576 },
    { type: "counted-memory", kind: "redis" },
    { type: "settable-clock", kind: "idle" },
  ],
  signal: new AbortController().signal,
});
const plan = new AddressPlan(runtime.slot, ["toxiproxy", "redis", "client"]);
const api = `${plan.real("toxiproxy")}:18474`;
const client = new Toxiproxy(api);
const toxiproxyNode = runtime.add({
  name: "toxiproxy",
  kind: "toxiproxy",
  address: api,
  command: toxiproxy.server,
  args: ["-host", plan.real("toxiproxy"), "-port", "18474"],
  prepare: async () => {},
  ready: async () => (await client.version()) !== "",
  readyWithin: "10s",
  stopSignal: "SIGTERM",
});
const server = runtime.add({
  name: "redis",
  kind: "redis",
  address: `${plan.real("redis")}:16379`,
  command: redis.server,
  args: ["--bind", plan.real("redis"), "--port", "16379", "--save", ""],
  prepare: async () => {},
  ready: async () => true,
  readyWithin: "10s",
  stopSignal: "SIGTERM",
});
const idle = runtime.add({
  name: "idle",
  kind: "idle",
  address: `${plan.real("redis")}:1`,
  command: process.execPath,
  args: ["-e", "setInterval(() => {}, 1000)"],
  prepare: async () => {},
  ready: async () => true,
  readyWithin: "10s",
  stopSignal: "SIGTERM",
});
await toxiproxyNode.start();
await Promise.all([server.start(), idle.start()]);
const { proxies } = link(plan, "client", "redis", [16379]);
await client.populate(proxies);

runtime.ledger.write({ type: "fault", id: "fault-1", fault: "pause", target: "redis", nodes: ["redis"] });
if ((await examineCapability("cgroup-cpu")).supported) server.resources.cpu.limit("fault-1", 0.1);
if ((await examineCapability("cgroup-memory")).supported) server.resources.memory.limit("fault-1", 2 ** 30);
server.resources.disk?.fill("fault-1");
idle.resources.clock?.shift("fault-1", 3_600_000);
await server.pause();
await client.addToxic(proxies[0]?.name ?? "", {
  name: "hang",
  type: "timeout",
  stream: "upstream",
  attributes: { timeout: 0 },
});
console.log(
  JSON.stringify({
    slot: runtime.slot,
    dataFolder: runtime.dataFolder,
    guardianPid: runtime.guardian.pid,
    addresses: [api, ...proxies.map(({ listen }) => listen), server.address],
  }),
);
setInterval(() => {}, 1_000);
