import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AddressPlan } from "../network/addresses.ts";
import { bootstrapServers, type KafkaOptions, kafkaLinks, kafkaNodes, kafkaPorts } from "./kafka.ts";

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

describe("kafka brokers", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kafka-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("have the topology's settings, and on top of them those that are asked for", async () => {
    const bootstrapCheckpoint = join(folder, "saved");
    writeFileSync(bootstrapCheckpoint, "");
    const installed = {
      version: "4",
      java: "java",
      jvmFlags: [],
      classpath: "",
      cdsArchive: undefined,
      bootstrapCheckpoint,
    };
    const settings = async (more: KafkaOptions["settings"]) => {
      const plan = new AddressPlan(20, ["kafka-1"]);
      const [broker] = kafkaNodes(
        { plan, brokers: 1, clients: [], ...(more ? { settings: more } : {}) },
        installed,
        async () => true,
      );
      await broker?.prepare(folder);
      return readFileSync(join(folder, "server.properties"), "utf8");
    };
    const unclean = "unclean.leader.election.enable";
    expect(await settings(undefined)).to.contain(`${unclean}=false`);
    const changed = await settings({ [unclean]: true });
    expect(changed).to.contain(`${unclean}=true`).and.not.to.contain(`${unclean}=false`);
  });
});
