import { Admin, Producer, stringSerializers } from "@platformatic/kafka";
import { expect } from "chai";
import { Redis } from "ioredis";
import { standInService } from "../bench/environment.ts";
import { examineCapability } from "../provision/capabilities.ts";
import { stt } from "../topology/stt.ts";
import { until } from "../util/until.ts";
import { clockSkew } from "./clock-skew.ts";
import { cpuLimit } from "./cpu-limit.ts";
import { diskFull } from "./disk-full.ts";
import type { Fault } from "./fault.ts";
import { fileDescriptors } from "./file-descriptors.ts";
import { memoryLimit } from "./memory-limit.ts";
import { node } from "./targets.ts";
import { useFaultBed } from "./testing/fault-bed.ts";

const MiB = 1_048_576;

const faults = {
  cpu: cpuLimit(node("kafka-1"), { cores: 0.02 }),
  memory: memoryLimit(node("kafka-2"), { bytes: 64 * MiB }),
  redisKilled: memoryLimit(node("redis-1"), { bytes: 32 * MiB }),
  fullBroker: diskFull(node("kafka-3")),
  fullRedis: diskFull(node("redis-1"), { kind: "redis", bytes: 16 * MiB }),
  filesOfBroker: fileDescriptors(node("kafka-1")),
  filesOfRedis: fileDescriptors(node("redis-1")),
  filesOfService: fileDescriptors(node("stt-1")),
  filesOfPostgres: fileDescriptors(node("postgres")),
  brokerFast: clockSkew(node("kafka-2"), { forward: "1h" }),
  brokerSlow: clockSkew(node("kafka-2"), { back: "1d" }),
  serviceSlow: clockSkew(node("stt-1"), { back: "1m" }),
  postgresFast: clockSkew(node("postgres"), { forward: "1m" }),
  dagloFast: clockSkew(node("daglo"), { forward: "2h" }),
} satisfies Record<string, Fault>;

describe("resource and clock faults", () => {
  const bed = useFaultBed(
    stt({ redis: "single", instances: 1, entry: standInService }),
    Object.values(faults),
  );

  /** A test of a fault where this machine can do it; elsewhere, of the answer that it cannot. */
  function proves(what: string, fault: Fault, test: () => Promise<void>): void {
    it(what, async () => {
      for (const need of fault.needs ?? []) {
        const examined = await examineCapability(need);
        if (examined.supported) continue;
        console.log(`      unsupported here: ${need}: ${examined.why}`);
        expect(examined.why).not.to.equal("");
        return;
      }
      await test();
    });
  }

  proves("cpu-limit holds a broker back", faults.cpu, async () => {
    const { proof } = await bed.strike(faults.cpu, async () => {
      expect(bed.topology.node("kafka-1").resources.cpu.inForce).to.equal(0.02);
    });
    expect(proof).to.match(/^kafka-1 may use 0\.02 cores and was held back for/);
    expect(bed.topology.node("kafka-1").resources.cpu.inForce).to.equal(undefined);
  });

  proves("cpu-limit: of two at a time the lower holds, and each heals alone", faults.cpu, async () => {
    const { cpu } = bed.topology.node("kafka-1").resources;
    await bed.strike(faults.cpu, async () => {
      cpu.limit("another", 0.01);
      expect(cpu.inForce).to.equal(0.01);
      await cpu.lift("another");
      expect(cpu.inForce).to.equal(0.02);
      cpu.limit("another", 0.5);
    });
    expect(cpu.inForce).to.equal(0.5);
    await cpu.lift("another");
    expect(cpu.inForce).to.equal(undefined);
  });

  proves("cpu-limit holds for a process that is started meanwhile", faults.cpu, async () => {
    const service = bed.topology.node("stt-1");
    const { cpu } = service.resources;
    cpu.limit("a fault", 0.2);
    await service.kill();
    const before = cpu.throttledMs();
    await service.start();
    expect(cpu.throttledMs()).to.be.greaterThan(before);
    await cpu.lift("a fault");
    expect(await service.isReady()).to.equal(true);
  });

  proves("memory-limit leaves a broker no more than it has, or ends it", faults.memory, async () => {
    const { proof } = await bed.strike(faults.memory);
    expect(proof).to.match(/^kafka-2 uses .* wanted more/);
    expect(bed.topology.node("kafka-2").unexpectedExit).to.equal(undefined);
    expect(bed.topology.node("kafka-2").resources.memory.inForce).to.equal(undefined);
  });

  proves(
    "memory-limit: what the kernel kills for it is started again, and is no surprise",
    faults.redisKilled,
    async () => {
      const client = new Redis(bed.topology.endpoints.redis ?? "", { maxRetriesPerRequest: null });
      client.on("error", () => {}); // it is killed: that is what it is about
      const redis = bed.topology.node("redis-1");
      const killed = until(() => redis.lastExit, "the kernel has killed redis-1")
        .every("5ms")
        .atMost("20s");
      const growing = setInterval(() => client.setrange("key", 256 * MiB, "x").catch(() => {}), 10);
      try {
        await bed.strike(faults.redisKilled, async () => {
          expect(await killed).to.equal("was killed by SIGKILL");
          clearInterval(growing);
        });
      } finally {
        clearInterval(growing);
        client.disconnect();
      }
      expect(redis.unexpectedExit).to.equal(undefined);
      expect(redis.isAlive()).to.equal(true);
    },
  );

  proves("disk-full ends a broker that is written to, or it says so", faults.fullBroker, async () => {
    await using writer = await KafkaWriter.start(bed.topology.endpoints.kafka ?? "");
    await bed.strike(faults.fullBroker);
    expect(bed.topology.node("kafka-3").unexpectedExit).to.equal(undefined);
    expect(writer.written).to.be.greaterThan(0);
  });

  proves("disk-full is met by Redis, which goes on by itself", faults.fullRedis, async () => {
    const client = new Redis(bed.topology.endpoints.redis ?? "", { maxRetriesPerRequest: null });
    const writing = setInterval(() => client.append("key", "x".repeat(8_192)).catch(() => {}), 10);
    try {
      const { proof } = await bed.strike(faults.fullRedis);
      expect(proof).to.contain("No space left on device");
    } finally {
      clearInterval(writing);
      client.disconnect();
    }
    expect(bed.topology.node("redis-1").lastExit).to.equal(undefined);
  });

  const files: [string, Fault][] = [
    ["kafka-1", faults.filesOfBroker],
    ["redis-1", faults.filesOfRedis],
    ["stt-1", faults.filesOfService],
    ["postgres", faults.filesOfPostgres],
  ];
  for (const [name, fault] of files) {
    proves(`file-descriptors: ${name} takes no new connection`, fault, async () => {
      const { openFiles } = bed.topology.node(name).resources;
      const before = openFiles.allowed();
      const { proof } = await bed.strike(fault, async () => {
        expect(Number(openFiles.allowed())).to.be.lessThan(Number(before));
      });
      expect(proof).to.match(/a new connection is (taken by nobody|closed without a word)$/);
      expect(openFiles.allowed()).to.equal(before);
    });
  }

  const clocks: [string, Fault, RegExp][] = [
    ["of a broker forward", faults.brokerFast, /^the clock of kafka-2 is 1 h 00 m fast$/],
    ["of a broker back", faults.brokerSlow, /^the clock of kafka-2 is 24 h 00 m slow$/],
    ["of the service", faults.serviceSlow, /^the clock of stt-1 is .* slow$/],
    ["of PostgreSQL", faults.postgresFast, /^the clock of postgres is .* fast$/],
    ["of the upstream", faults.dagloFast, /^the clock of daglo is 2 h 00 m fast$/],
  ];
  for (const [what, fault, expected] of clocks) {
    proves(`clock-skew sets the clock ${what}, and back`, fault, async () => {
      const { proof, healProof } = await bed.strike(fault);
      expect(proof).to.match(expected);
      expect(healProof).to.match(/^the clock of \S+ is right/);
    });
  }

  proves(
    "clock-skew: a static program has no clock that can be set, and it says so",
    faults.brokerFast,
    async () => {
      const { error, provenAt } = await bed.execute(clockSkew(node("redis-1"), { forward: "1h" }));
      expect(error).to.contain("unsupported: the clock of redis-1 cannot be set");
      expect(provenAt).to.equal(undefined);
    },
  );
});

/** Writes to every broker for as long as it lasts. */
class KafkaWriter implements AsyncDisposable {
  readonly #producer: Producer<string, string, string, string>;
  readonly #writing: Promise<void>;
  #ended = false;
  written = 0;

  private constructor(producer: Producer<string, string, string, string>) {
    this.#producer = producer;
    this.#writing = this.#write();
  }

  static async start(servers: string): Promise<KafkaWriter> {
    const bootstrapBrokers = servers.split(",");
    const admin = new Admin({ clientId: "filler", bootstrapBrokers });
    await admin.createTopics({ topics: ["filled"], partitions: 3, replicas: 3 });
    await admin.close();
    return new KafkaWriter(
      new Producer({ clientId: "filler", bootstrapBrokers, serializers: stringSerializers, retries: 3 }),
    );
  }

  async #write(): Promise<void> {
    for (let partition = 0; !this.#ended; partition = (partition + 1) % 3) {
      const messages = [{ topic: "filled", partition, value: "x".repeat(1_000) }];
      await this.#producer.send({ messages }).then(
        () => this.written++,
        () => {}, // a broker is down: that is what it is about
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#writing;
    await this.#producer.close();
  }
}
