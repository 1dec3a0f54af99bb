import { type Examined, examine, findProgram } from "../capabilities/examined.ts";
import { inOwnNamespace } from "../capabilities/namespace.ts";
import { type Capability, capabilities, examineCapability } from "../capabilities.ts";
import { okRow, type Row } from "./row.ts";

/** What the capabilities are called in the table. */
const named: Readonly<Record<Capability, string>> = {
  netns: "netns + nft",
  "cgroup-cpu": "cgroup cpu",
  "cgroup-memory": "cgroup memory",
  tmpfs: "tmpfs",
  prlimit: "prlimit",
  libfaketime: "libfaketime",
};

/** What this kernel can do for the stronger faults: each is tried, in a namespace or a group that is gone at once. */
export function kernelRows(): Promise<Row[]> {
  return Promise.all([
    ...capabilities.map(async (name) => rowOf(named[name], await examineCapability(name))),
    netemRow(),
  ]);
}

function rowOf(component: string, examined: Examined): Row {
  if (examined.supported) return okRow(component, "optional", "works", examined.detail);
  const { why, fix } = examined;
  return { component, wanted: "optional", found: "unsupported here", where: why, fix, status: "optional" };
}

/** No fault uses it; it is shown for those who wonder why links are slowed by proxies. */
async function netemRow(): Promise<Row> {
  const unshare = findProgram("unshare");
  const tc = findProgram("tc");
  const examined = await examine(async () => {
    if (unshare === undefined) throw new Error("there is no network namespace to try it in");
    if (tc === undefined) throw new Error("there is no tc");
    await inOwnNamespace(unshare, [tc, ..."qdisc add dev lo root netem delay 1ms".split(" ")]);
    return tc;
  }, "");
  return rowOf("netem", examined);
}
