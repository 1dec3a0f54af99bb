import { Admin } from "@platformatic/kafka";
import { expect } from "chai";
import pg from "pg";
import { request } from "undici";
import { stt } from "../topology/stt.ts";
import { until } from "../util/until.ts";
import { LockerClient } from "../workload/locker-client.ts";
import { isrShrunk } from "./conditions.ts";
import { crashLoop } from "./crash-loop.ts";
import { dagloMode, dagloModeFaults } from "./daglo-mode.ts";
import type { Fault, Target } from "./fault.ts";
import { kill } from "./kill.ts";
import { pause } from "./pause.ts";
import { postgresOutOfConnections } from "./postgres-connections.ts";
import { postgresDown, postgresSlow } from "./postgres-faults.ts";
import { restart, rollingRestart } from "./restart.ts";
import { stop } from "./stop.ts";
import {
  all,
  any,
  controller,
  holderOf,
  leaderOf,
  node,
  oneOf,
  others,
  ownerOf,
  redisPrimary,
} from "./targets.ts";
import { useFaultBed } from "./testing/fault-bed.ts";

const topic = "stt-processing-topic";
const group = "stt-stages";

describe("node and dependency faults, on the whole service", () => {
  const bed = useFaultBed(stt({ kafka: 3, redis: "sentinel", instances: 2, lockUsers: 1 }));

  const everywhere: readonly Target[] = [
    leaderOf(topic),
    redisPrimary(),
    any("sentinel"),
    node("postgres"),
    node("daglo"),
    node("stt-1"),
    node("locker-1"),
    node("toxiproxy"),
  ];
  const kinds: readonly [string, (target: Target) => Fault][] = [
    ["kill", kill],
    ["stop", stop],
    ["pause", pause],
  ];
  for (const [name, make] of kinds) {
    for (const target of everywhere) {
      it(`${name} ${target.description}`, async () => {
        const record = await bed.strike(make(target), async ({ nodes: [struck = ""] }) => {
          expect(bed.topology.node(struck).state).to.equal(name === "pause" ? "paused" : "stopped");
        });
        expect(record.nodes).to.have.lengthOf(1);
        expect(bed.topology.node(record.nodes[0] ?? "").state).to.equal("running");
      });
    }
  }

  it("what brokers forward to a controller that is paused, they soon ask the next one", async () => {
    const brokers = bed.topology.nodes.filter(({ kind }) => kind === "kafka").map(({ name }) => name);
    await bed.strike(pause(controller()), async ({ nodes: [paused = ""] }) => {
      const bootstrapBrokers = bed.topology.load.kafka
        .filter((_, index) => brokers[index] !== paused)
        .map((server) => server.replace(/:(\d+)$/, " $1").split(" "))
        .map(([host = "", port = ""]) => ({ host, port: Number(port) }));
      await until(() => createTopic(bootstrapBrokers), "a topic can be created").atMost("20s");
    });
  });

  it("a paused node keeps the sessions it has, and serves none of them", async () => {
    const client = new pg.Client({ connectionString: bed.topology.endpoints.postgres });
    await client.connect();
    let answered = false;
    let answer: Promise<unknown> | undefined;
    await bed.strike(pause(node("postgres")), async () => {
      answer = client.query("select 1").then(() => {
        answered = true;
      });
      await until(async () => (await outcomeOfNewSession()) === "silent", "a whole try passed").atMost("5s");
      expect(answered).to.equal(false);
    });
    await answer;
    await client.end();
  });

  /** `silent` when a new session is not opened within a second. */
  async function outcomeOfNewSession(): Promise<string> {
    const { postgres: connectionString } = bed.topology.endpoints;
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      return "opened";
    } catch (error) {
      return error instanceof Error && error.message.includes("timeout") ? "silent" : String(error);
    } finally {
      await client.end().catch(() => {});
    }
  }

  it("kill of all brokers at once", async () => {
    const record = await bed.strike(kill(all("kafka")));
    expect(record.nodes).to.deep.equal(["kafka-1", "kafka-2", "kafka-3"]);
  });

  it("restart of the controller, which another is then", async () => {
    const record = await bed.strike(restart(controller()));
    expect(await bed.topology.kafka.controller()).not.to.equal(
      Number(record.nodes[0]?.slice("kafka-".length)),
    );
  });

  it("rolling restart of the instances", async () => {
    const record = await bed.strike(rollingRestart(all("stt")));
    expect(record.proof).to.match(/^stt-1 was stopped and runs anew .*; stt-2 was stopped and runs anew /);
  });

  it("rolling restart of the brokers: two of three are always in the cluster", async () => {
    let fewest = 3;
    const watch = setInterval(() => {
      const running = bed.topology.nodes.filter(({ kind, state }) => kind === "kafka" && state === "running");
      fewest = Math.min(fewest, running.length);
    }, 20);
    try {
      await bed.strike(rollingRestart(all("kafka")));
    } finally {
      clearInterval(watch);
    }
    expect(fewest).to.equal(2);
  });

  it("crash loop of an instance, until it is healed", async () => {
    const record = await bed.strike(crashLoop(node("stt-2")));
    expect(record.proof).to.match(/^stt-2 has crashed \d+ times$/);
  });

  it("crash loop of a broker", async () => {
    await bed.strike(crashLoop(others("kafka", oneOf(node("kafka-1"), node("kafka-2")))));
  });

  it("of two faults on a node, the last heal gets it back to work", async () => {
    const victim = bed.topology.node("stt-1");
    await bed.strike(kill(node("stt-1")), async () => {
      const shorter = await bed.execute(kill(node("stt-1")));
      expect(shorter.healProof).to.match(/^stt-1 is still struck by fault-\d+$/);
      expect(shorter.escalations).to.deep.equal([]);
      expect(victim.state).to.equal("stopped");
      const impossible = await bed.execute(restart(node("stt-1")));
      expect(impossible.error).to.match(/^not proven: stt-1 is struck by fault-\d+ and cannot be restarted$/);
      expect(victim.state).to.equal("stopped");
    });
    expect(victim.state).to.equal("running");
  });

  it("a node that is killed while it is paused runs after both", async () => {
    await bed.strike(pause(node("redis-3")), async () => {
      await bed.strike(kill(node("redis-3")));
    });
    expect(bed.topology.node("redis-3").state).to.equal("running");
  });

  it("a crash loop ends where another fault keeps the node down", async () => {
    const victim = bed.topology.node("stt-2");
    await bed.strike(crashLoop(node("stt-2")), async () => {
      await bed.strike(kill(node("stt-2")), async () => {
        expect(victim.isAlive()).to.equal(false);
      });
    });
    expect(victim.state).to.equal("running");
  });

  describe("targets", () => {
    const resolved = async (target: Target): Promise<readonly string[]> =>
      (await target.resolve({ topology: bed.topology, random: () => 0 })).nodes;

    it("leader of a partition", async () => {
      const [leader] = await resolved(leaderOf(topic, 1));
      expect(leader).to.match(/^kafka-[123]$/);
    });

    it("the controller, before and after it is gone", async () => {
      const [before] = await resolved(controller());
      await bed.strike(kill(controller()), async ({ nodes: [struck] }) => {
        expect(struck).to.equal(before);
        await until(async () => {
          const [now] = await resolved(controller());
          return now !== before;
        }, "there is another controller").atMost("20s");
      });
    });

    it("the Redis primary, before and after a failover", async () => {
      await bed.strike(kill(redisPrimary()), async ({ nodes: [old] }) => {
        const now = await until(async () => {
          const [primary] = await resolved(redisPrimary());
          return primary === old ? undefined : primary;
        }, "another is elected").atMost("20s");
        expect(now).to.match(/^redis-[123]$/);
      });
    });

    it("owner of a partition: an instance, and the other when it is gone", async () => {
      const owner = ownerOf(group, topic, 0);
      const [before] = await until(async () => {
        const names = await resolved(owner).catch(() => []);
        return names.length > 0 ? names : undefined;
      }, "somebody owns the partition").atMost("30s");
      await bed.strike(stop(owner), async ({ nodes: [struck] }) => {
        expect(struck).to.equal(before);
        await until(async () => {
          const [now] = await resolved(owner).catch(() => []);
          return now !== undefined && now !== before;
        }, "the other instance owns it").atMost("30s");
      });
    });

    it("holder of a lock, as long as it is held", async () => {
      const signal = new AbortController().signal;
      const [locker] = bed.topology.lockers;
      if (!locker) throw new Error("there is no locker");
      await using client = new LockerClient();
      const held = await client.acquire(locker, "a-lock", 30_000, signal);
      if (held.type !== "ok") throw new Error(held.error);
      expect(await resolved(holderOf("stt:processor:lock:a-*"))).to.deep.equal(["locker-1"]);
      await client.release(locker, held.value, signal);
      const nobody = await resolved(holderOf("stt:processor:lock:a-*")).catch((error: unknown) => error);
      expect(nobody).to.have.property("message", "nobody holds stt:processor:lock:a-*");
    });

    it("a condition: the in-sync set of a topic shrinks when a broker goes, and is whole before and after", async () => {
      const shrunk = () => isrShrunk(topic).holds({ topology: bed.topology, faults: [] });
      expect(await shrunk()).to.equal(false);
      await bed.strike(kill(leaderOf(topic)), async () => {
        await until(shrunk, "the in-sync set shrinks").atMost("30s");
      });
      expect(await shrunk()).to.equal(false);
    });
  });

  describe("dependencies", () => {
    for (const mode of dagloModeFaults) {
      it(`the upstream: ${mode}`, async () => {
        await bed.strike(dagloMode(mode));
      });
    }

    it("PostgreSQL down: the instances are not ready, and are again after", async () => {
      await bed.strike(postgresDown(), () => untilReadiness(503));
      await untilReadiness(200);
    });

    it("PostgreSQL slow", async () => {
      await bed.strike(postgresSlow({ latency: "300ms" }));
    });

    it("PostgreSQL out of connections: the service starves, and does not after", async () => {
      const record = await bed.strike(postgresOutOfConnections(), () =>
        untilReadiness(503, /too many clients/),
      );
      expect(record.proof).to.match(/^postgres refuses connections \(53300\): \d+ are taken$/);
      await untilReadiness(200);
    });
  });

  /** Waits until every instance says so of itself. */
  async function untilReadiness(status: number, says = /./): Promise<void> {
    const wanted = async () => {
      const answers = await Promise.all(
        bed.topology.services.map(async ({ baseUrl }) => {
          const { statusCode, body } = await request(`${baseUrl}/health/ready`);
          return { statusCode, text: await body.text() };
        }),
      );
      const other = answers.find(({ statusCode, text }) => statusCode !== status || !says.test(text));
      if (other) throw new Error(`${other.statusCode} ${other.text}`);
      return true;
    };
    await until(wanted, `all instances answer ${status}`).every("100ms").atMost("30s");
  }
});

/** By a client of its own, which keeps nothing in mind of former tries. */
async function createTopic(bootstrapBrokers: { host: string; port: number }[]): Promise<boolean> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers, retries: 0, requestTimeout: 3_000 });
  try {
    await admin.createTopics({ topics: ["made-meanwhile"], partitions: 1, replicas: 2 });
    return true;
  } finally {
    await admin.close();
  }
}
