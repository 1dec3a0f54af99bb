import { expect } from "chai";
import { AddressPlan } from "../network/addresses.ts";
import { bootstrapServers, type KafkaOptions, kafkaLinks, kafkaPorts } from "./kafka.ts";

describe("kafka links", () => {
  const plan = new AddressPlan(20, ["kafka-1", "kafka-2", "kafka-3", "stt-1", "stt-2"]);
  const options: KafkaOptions = { plan, brokers: 3, clients: ["stt-1", "stt-2"] };

  it("are one for each direction: broker to broker, and each client to each broker", () => {
    const links = kafkaLinks(options).map(({ from, to }) => `${from} -> ${to}`);
    expect(new Set(links)).to.have.lengthOf(3 * 2 + 2 * 3);
    expect(links).to.include.members(["kafka-1 -> kafka-2", "kafka-2 -> kafka-1", "stt-2 -> kafka-3"]);
  });

  it("give every client a port of its own on each broker, which it sees through its own proxies", () => {
    expect(kafkaPorts(options)).to.deep.equal([19091, 19093, 19101, 19102]);
    expect(bootstrapServers(options, "stt-2")).to.deep.equal([
      "127.20.5.1:19102",
      "127.20.5.2:19102",
      "127.20.5.3:19102",
    ]);
  });

  it("never share an address", () => {
    const listens = kafkaLinks(options).flatMap(({ proxies }) => proxies.map(({ listen }) => listen));
    expect(new Set(listens).size).to.equal(listens.length);
  });
});
