import { Command, Option } from "commander";
import pc from "picocolors";
import { plainReporter } from "../../provision/progress.ts";
import { provision } from "../../provision/provision.ts";
import { ProcessRuntime } from "../../runtime/runtime.ts";
import type { RedisLayout } from "../../topology/redis.ts";
import { stt } from "../../topology/stt.ts";
import { signToken } from "../../topology/token.ts";
import type { RunningTopology } from "../../topology/topology.ts";
import { formatDuration } from "../../util/duration.ts";
import { UsageError } from "../../util/errors.ts";
import { interruptSignal } from "../interrupt.ts";
import { wholeNumber } from "../program.ts";
import { table } from "../table.ts";

interface UpOptions {
  readonly kafka: number;
  readonly redis: RedisLayout;
  readonly instances: number;
  readonly upstream: "stub" | "real";
  readonly audio: "directory" | "s3";
  readonly prometheus: boolean;
}

/** `faultline up [topology]` */
export function upCommand(): Command {
  return new Command("up")
    .description("start a topology, print its addresses, and stay until Ctrl-C or `faultline down`")
    .argument("[topology]", "which one; there is one", "stt")
    .option("--kafka <brokers>", "brokers", wholeNumber, 3)
    .addOption(
      new Option("--redis <layout>", "one server, or a primary with two replicas and three sentinels")
        .choices(["single", "sentinel"])
        .default("sentinel"),
    )
    .option("--instances <count>", "instances of the service", wholeNumber, 2)
    .addOption(
      new Option("--upstream <kind>", "Daglo: stubs, or one that really transcribes English")
        .choices(["stub", "real"])
        .default("stub"),
    )
    .addOption(
      new Option("--audio <store>", "where audio is kept").choices(["directory", "s3"]).default("directory"),
    )
    .option("--prometheus", "with a Prometheus server that scrapes all of it", false)
    .addHelpText(
      "after",
      "\nExamples:\n  faultline up\n  faultline up --kafka 1 --redis single --instances 1 --upstream real\n  faultline up --prometheus",
    )
    .action(async (name: string, options: UpOptions) => {
      if (name !== "stt")
        throw new UsageError(`there is no topology ${JSON.stringify(name)}`, "topologies: stt");
      await up(options, interruptSignal());
    });
}

async function up(options: UpOptions, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const log = (line: string) => console.error(pc.dim(line));
  const topology = stt(options);
  const installed = await provision(topology.components, { signal, onProgress: plainReporter(log) });
  await using runtime = new ProcessRuntime({
    runId: `up-${process.pid}`,
    command: `up stt (${topology.name})`,
    signal,
  });
  await using running = await topology.start({
    runtime,
    installed,
    signal,
    step: (step, work) => {
      log(step);
      return work();
    },
  });
  await print(running, performance.now() - start);
  console.log(`data and logs: ${runtime.dataFolder}`);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function print({ nodes, endpoints, jwtSecret }: RunningTopology, ms: number): Promise<void> {
  console.log(pc.bold(`up after ${formatDuration(ms)}: ${nodes.length} nodes`));
  console.log(table(Object.entries(endpoints).map(([name, address]) => [`  ${name}`, address])));
  const token = await signToken(jwtSecret, "you", ["stt:read", "stt:write", "stt:admin"]);
  console.log(`a token for the service, valid for a week:\n  ${token}`);
  console.log("Ctrl-C, or faultline down, ends it");
}
