import { expect } from "chai";
import type { Link } from "./link.ts";
import { PacketFilter, silenceScript } from "./packet-filter.ts";

const link = (from: string, to: string, address: string, source?: string): Link => ({
  from,
  to,
  proxies: [19091, 19093].map((port) => ({
    name: `${from}.${to}.${port}`,
    listen: `${address}:${port}`,
    upstream: `127.20.0.1:${port}`,
    enabled: true,
  })),
  ...(source === undefined ? {} : { source }),
});

describe("packet filter", () => {
  const links = [link("a", "b", "127.20.1.2"), link("b", "a", "127.20.2.1")];

  it("drops the packets to and from the addresses of links, in one transaction", () => {
    expect(silenceScript("faultline-fault-1", links, "both").split("\n")).to.deep.equal([
      "add table ip faultline-fault-1",
      "add chain ip faultline-fault-1 input { type filter hook input priority 0 ; policy accept ; }",
      "add rule ip faultline-fault-1 input ip daddr { 127.20.1.2, 127.20.2.1 } drop",
      "add rule ip faultline-fault-1 input ip saddr { 127.20.1.2, 127.20.2.1 } drop",
    ]);
  });

  it("drops one direction only when asked to", () => {
    expect(silenceScript("t", links, "upstream"))
      .to.contain("ip daddr")
      .and.not.to.contain("ip saddr");
    expect(silenceScript("t", links, "downstream"))
      .to.contain("ip saddr")
      .and.not.to.contain("ip daddr");
  });

  it("tells sources apart that share a link", () => {
    const shared = [link("redis-2", "redis-1", "127.20.9.4", "127.20.0.5")];
    expect(silenceScript("t", shared, "both").split("\n").slice(2)).to.deep.equal([
      "add rule ip t input ip saddr . ip daddr { 127.20.0.5 . 127.20.9.4 } drop",
      "add rule ip t input ip saddr . ip daddr { 127.20.9.4 . 127.20.0.5 } drop",
    ]);
  });

  it("never touches the machine's own network", () => {
    expect(() => new PacketFilter()).to.throw("a network namespace of the run's own");
  });
});
