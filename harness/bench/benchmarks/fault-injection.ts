import { once } from "node:events";
import { createServer } from "node:net";
import { executeFault } from "../../faults/execute.ts";
import { kill } from "../../faults/kill.ts";
import { at } from "../../faults/schedule.ts";
import { node } from "../../faults/targets.ts";
import type { Link } from "../../network/link.ts";
import type { ProcessRuntime } from "../../runtime/runtime.ts";
import type { RunningTopology } from "../../topology/topology.ts";
import { systemClock } from "../../util/clock.ts";
import { EnvironmentError } from "../../util/errors.ts";
import type { Arm, BenchContext, Benchmark } from "../benchmark.ts";
import { timed, untilConnecting } from "../connection.ts";
import { standInService, startTopology } from "../environment.ts";
import { ServerProcess } from "../server-process.ts";

const victim = "kafka-2";
/** Cuts of a link in a round: each takes milliseconds only. */
const cuts = 10;

/** How long it takes from injecting a fault until its effect is seen. */
export const faultInjection: Benchmark = {
  name: "fault-injection",
  about: "from injection to proven effect; baselines: a bare SIGKILL, and a server's own close and listen",
  rounds: 5,
  comparisons: [
    { what: "kill a broker", unit: "ms", better: "less", ours: "kill", baseline: "bare SIGKILL" },
    { what: "cut a link", unit: "ms", better: "less", ours: "cut", baseline: "server closes" },
    { what: "restore a link", unit: "ms", better: "less", ours: "restore", baseline: "server listens" },
  ],
  open: async (context, stack) => {
    const { running, runtime } = await startTopology(
      { redis: "single", instances: 1, entry: standInService },
      context,
      stack,
    );
    return [
      killArm(running, runtime, context),
      bareKillArm(context),
      cutArm(running, context),
      bareCloseArm(context),
    ];
  },
};

/** Kills a broker, and heals it, the way a run does. */
function killArm(topology: RunningTopology, runtime: ProcessRuntime, { signal }: BenchContext): Arm {
  let count = 0;
  return {
    name: "kill a broker",
    measure: async () => {
      const record = await executeFault(`fault-${++count}`, at(0, kill(node(victim))).for(0), {
        topology,
        ledger: runtime.ledger,
        clock: systemClock,
        random: Math.random,
        now: () => performance.now() * 1e6,
        signal,
        onProgress: () => {},
      });
      signal.throwIfAborted();
      const { injectedAt, provenAt, healProvenAt, error } = record;
      if (injectedAt === undefined || provenAt === undefined || healProvenAt === undefined) {
        throw new EnvironmentError(`killing ${victim} did not go as planned: ${error}`);
      }
      return { kill: [(provenAt - injectedAt) / 1e6] };
    },
  };
}

/** Kills a bare server process. */
function bareKillArm({ signal }: BenchContext): Arm {
  return {
    name: "bare SIGKILL",
    measure: async () => {
      await using server = await ServerProcess.start(standInService, signal);
      const ms = await timed(async () => {
        process.kill(server.pid, "SIGKILL");
        await untilConnecting(server.address, "ECONNREFUSED", signal);
      });
      return { "bare SIGKILL": [ms] };
    },
  };
}

/** Disables and enables the proxy of a link. */
function cutArm(topology: RunningTopology, { signal }: BenchContext): Arm {
  const link = topology.network.link("load", "stt-1");
  const listen = addressOf(link);
  return {
    name: "cut a link",
    measure: async () => {
      const cut: number[] = [];
      const restore: number[] = [];
      for (let count = 0; count < cuts; count++) {
        cut.push(
          await timed(async () => {
            await topology.network.damage("bench", [link], [{ type: "cut" }]);
            await untilConnecting(listen, "ECONNREFUSED", signal);
          }),
        );
        restore.push(
          await timed(async () => {
            await topology.network.repair("bench");
            await untilConnecting(listen, "connected", signal);
          }),
        );
      }
      return { cut, restore };
    },
  };
}

/** The address at which the load sees the service. */
function addressOf({ from, to, proxies: [proxy] }: Link): string {
  if (!proxy) throw new RangeError(`the link ${from} -> ${to} has no proxy`);
  return proxy.listen;
}

/** Closes and reopens a server of this very process. */
function bareCloseArm({ signal }: BenchContext): Arm {
  return {
    name: "server closes, server listens",
    measure: async () => {
      const closes: number[] = [];
      const listens: number[] = [];
      const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
      await once(server, "listening");
      const listening = server.address();
      if (listening === null || typeof listening === "string") throw new Error("the server has no port");
      const address = `${listening.address}:${listening.port}`;
      for (let count = 0; count < cuts; count++) {
        closes.push(
          await timed(async () => {
            server.close();
            await untilConnecting(address, "ECONNREFUSED", signal);
          }),
        );
        listens.push(
          await timed(async () => {
            server.listen(listening.port, listening.address);
            await untilConnecting(address, "connected", signal);
          }),
        );
      }
      await new Promise((resolve) => server.close(resolve));
      return { "server closes": closes, "server listens": listens };
    },
  };
}
