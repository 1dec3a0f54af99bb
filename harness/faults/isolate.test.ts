import { expect } from "chai";
import { AddressPlan } from "../network/addresses.ts";
import { link } from "../network/link.ts";
import { isolationOf } from "./isolate.ts";
import type { Pair } from "./partition-pairs.ts";

const nodes = ["kafka-1", "kafka-2", "kafka-3", "stt-1", "postgres", "toxiproxy"];
const plan = new AddressPlan(20, [...nodes, "load", "harness"]);
const brokers = nodes.slice(0, 3);
const links = [
  ...brokers.flatMap((to) => [
    ...brokers.filter((from) => from !== to).map((from) => link(plan, from, to, [1])),
    ...["stt-1", "load", "harness"].map((from) => link(plan, from, to, [2])),
  ]),
  link(plan, "stt-1", "postgres", [3]),
  link(plan, "load", "stt-1", [4]),
  link(plan, "harness", "stt-1", [4]),
];
/** Those of the pairs that have a link. */
const cut = (pairs: readonly Pair[]) =>
  pairs
    .filter((pair) => links.some(({ from, to }) => from === pair.from && to === pair.to))
    .map(({ from, to }) => `${from}>${to}`)
    .sort();

const aloneWith = (node: string, keepClients: boolean) => cut(isolationOf(node, nodes, links, keepClients));

describe("isolation", () => {
  const peers = ["kafka-1>kafka-2", "kafka-1>kafka-3", "kafka-2>kafka-1", "kafka-3>kafka-1"];

  it("cuts a broker from its peers and its clients, never from the harness", () => {
    expect(aloneWith("kafka-1", false)).to.deep.equal([...peers, "load>kafka-1", "stt-1>kafka-1"].sort());
  });

  it("with its clients on its side, cuts it from its peers only", () => {
    expect(aloneWith("kafka-1", true)).to.deep.equal(peers);
  });

  it("cuts an instance of the service from all it needs, and from its load unless that is on its side", () => {
    const needs = [...brokers, "postgres"].map((to) => `stt-1>${to}`);
    expect(aloneWith("stt-1", false)).to.deep.equal(["load>stt-1", ...needs]);
    expect(aloneWith("stt-1", true)).to.deep.equal(needs);
  });
});
