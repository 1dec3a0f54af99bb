import { expect } from "chai";
import { AddressPlan } from "./addresses.ts";
import { link } from "./link.ts";

describe("address plan", () => {
  const plan = new AddressPlan(20, ["kafka-1", "kafka-2", "stt-1"]);

  it("tells a node from the links to it", () => {
    expect(plan.real("kafka-2")).to.equal("127.20.0.2");
    expect(plan.link("stt-1", "kafka-2")).to.equal("127.20.3.2");
    expect(plan.link("kafka-2", "stt-1")).to.equal("127.20.2.3");
  });

  it("knows no other names", () => {
    expect(() => plan.real("redis-1")).to.throw(RangeError, "no redis-1");
  });

  it("has room for 254 names", () => {
    const names = Array.from({ length: 255 }, (_, index) => `n${index}`);
    expect(() => new AddressPlan(20, names)).to.throw(RangeError, "254");
  });

  it("makes links that keep the port", () => {
    expect(link(plan, "stt-1", "kafka-2", [9092])).to.deep.equal({
      from: "stt-1",
      to: "kafka-2",
      proxies: [
        { name: "stt-1.kafka-2.9092", listen: "127.20.3.2:9092", upstream: "127.20.0.2:9092", enabled: true },
      ],
    });
  });
});
