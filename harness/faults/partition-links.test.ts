import { expect } from "chai";
import { AddressPlan } from "../network/addresses.ts";
import type { Link } from "../network/link.ts";
import { link } from "../network/link.ts";
import { linksOfPairs, sharedNote, type Wired } from "./partition-links.ts";
import { separate, towards } from "./partition-pairs.ts";

const kinds = {
  kafka: ["kafka-1", "kafka-2"],
  redis: ["redis-1", "redis-2", "redis-3"],
  sentinel: ["sentinel-1"],
  stt: ["stt-1"],
};
const members = [...kinds.redis, ...kinds.sentinel];
const plan = new AddressPlan(20, [...Object.values(kinds).flat(), "redis-cluster"]);
const nodes = Object.entries(kinds).flatMap(([kind, names]) =>
  names.map((name) => ({ name, kind, address: `${plan.real(name)}:1` })),
);
const links = [
  link(plan, "kafka-1", "kafka-2", [1, 2]),
  link(plan, "kafka-2", "kafka-1", [1, 2]),
  link(plan, "stt-1", "kafka-1", [3]),
  ...members.flatMap((to) => [link(plan, "redis-cluster", to, [4]), link(plan, "stt-1", to, [4])]),
];
const wired = (kind: "proxy" | "netns"): Wired => ({ network: { links, kind }, nodes });
const names = (found: readonly Link[]) => found.map(({ from, to }) => `${from}>${to}`).sort();
const others = (name: string) => members.filter((one) => one !== name);

describe("the links of pairs", () => {
  it("are those between the two, one for each way", () => {
    const pairs = separate([["kafka-1"], ["kafka-2"]]);
    for (const kind of ["proxy", "netns"] as const)
      expect(names(linksOfPairs(wired(kind), pairs))).to.deep.equal(["kafka-1>kafka-2", "kafka-2>kafka-1"]);
    expect(names(linksOfPairs(wired("proxy"), towards(["stt-1"], ["kafka-1", "kafka-2"])))).to.deep.equal([
      "stt-1>kafka-1",
    ]);
  });

  it("at packet level tell the members of Redis apart by the address they connect from", () => {
    const found = linksOfPairs(wired("netns"), separate([["redis-1"], ["redis-2", "sentinel-1"]]));
    expect(names(found)).to.deep.equal([
      "redis-1>redis-2",
      "redis-1>sentinel-1",
      "redis-2>redis-1",
      "sentinel-1>redis-1",
    ]);
    const [one] = found.filter(({ from }) => from === "redis-2");
    expect(one?.source).to.equal(plan.real("redis-2"));
    expect(one?.proxies[0]?.listen).to.equal(`${plan.link("redis-cluster", "redis-1")}:4`);
    expect(sharedNote(found)).to.equal("");
  });

  it("by proxies cut an isolated member of Redis from all, once, and leave the others connected", () => {
    const found = linksOfPairs(wired("proxy"), separate([["redis-2"], others("redis-2")]));
    expect(names(found)).to.deep.equal(["redis-cluster>redis-2"]);
    expect(sharedNote(found)).to.contain("redis-2 cut from all of Redis");
  });

  it("by proxies cut the smaller side from all", () => {
    const found = linksOfPairs(wired("proxy"), separate([["redis-1"], ["redis-2", "redis-3"]]));
    expect(names(found)).to.deep.equal(["redis-cluster>redis-1"]);
  });

  it("by proxies cut both of equal sides", () => {
    const found = linksOfPairs(wired("proxy"), separate([["redis-1"], ["redis-2"]]));
    expect(names(found)).to.deep.equal(["redis-cluster>redis-1", "redis-cluster>redis-2"]);
  });

  it("clients of Redis have links of their own", () => {
    const found = linksOfPairs(wired("proxy"), towards(["stt-1"], ["redis-1"]));
    expect(names(found)).to.deep.equal(["stt-1>redis-1"]);
  });
});
