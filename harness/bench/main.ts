/** `npm run bench`: what Faultline and its service cost, each number beside a baseline taken in the same run. */
import { loadavg } from "node:os";
import { Command } from "commander";
import { interruptSignal } from "../cli/interrupt.ts";
import { runProgram, wholeNumber } from "../cli/program.ts";
import { machineFacts } from "../run/machine.ts";
import { UsageError } from "../util/errors.ts";
import { type BenchContext, type Benchmark, type BenchmarkResult, runBenchmark } from "./benchmark.ts";
import { checkLinearizable } from "./benchmarks/check-linearizable.ts";
import { checkLog } from "./benchmarks/check-log.ts";
import { coldCache } from "./benchmarks/cold-cache.ts";
import { faultInjection } from "./benchmarks/fault-injection.ts";
import { historyAppend } from "./benchmarks/history-append.ts";
import { linkOverhead } from "./benchmarks/link-overhead.ts";
import { memory } from "./benchmarks/memory.ts";
import { serviceLock } from "./benchmarks/service-lock.ts";
import { serviceMemory } from "./benchmarks/service-memory.ts";
import { serviceMessages } from "./benchmarks/service-messages.ts";
import { servicePipeline } from "./benchmarks/service-pipeline.ts";
import { serviceReads } from "./benchmarks/service-reads.ts";
import { serviceWrites } from "./benchmarks/service-writes.ts";
import { topologyStart } from "./benchmarks/topology-start.ts";
import { renderBounds, renderResult } from "./render.ts";

const ofHarness: readonly Benchmark[] = [
  historyAppend,
  linkOverhead,
  faultInjection,
  memory,
  topologyStart,
  checkLog,
  checkLinearizable,
];
const ofService: readonly Benchmark[] = [
  serviceReads,
  serviceWrites,
  servicePipeline,
  serviceLock,
  serviceMessages,
  serviceMemory,
];
const quick: readonly Benchmark[] = [...ofHarness, ...ofService];
const all: readonly Benchmark[] = [...quick, coldCache];

interface Options {
  readonly only?: readonly string[];
  readonly cold?: boolean;
  readonly json?: boolean;
  readonly rounds?: number;
}

const program = new Command("npm run bench --")
  .description(
    "Measures what Faultline and its service cost. Every number stands beside a baseline of the same run.",
  )
  .option("--only <names...>", `only these: ${all.map(({ name }) => name).join(", ")}`)
  .option("--cold", "also start from an empty cache in a temporary folder (downloads and builds: minutes)")
  .option("--rounds <count>", "how often each side is measured, instead of each benchmark's own", wholeNumber)
  .option("--json", "print the results as JSON")
  .addHelpText(
    "after",
    "\nExamples:\n  npm run bench\n  npm run bench -- --only history-append link-overhead\n  npm run --silent bench -- --cold --json > bench.json",
  )
  .action(bench);

async function bench(options: Options): Promise<void> {
  const chosen = choose(options);
  const context: BenchContext = { signal: interruptSignal(), say: (line) => console.error(line) };
  const machine = { ...machineFacts(), "load before": loadavg()[0]?.toFixed(1) ?? "unknown" };
  const results: BenchmarkResult[] = [];
  if (!options.json) {
    const facts = Object.entries(machine).map(([name, value]) => `${name}: ${value}`);
    console.log(`${facts.join("; ")}\n`);
  }
  for (const benchmark of chosen) {
    const result = await runBenchmark(benchmark, context, options.rounds);
    results.push(result);
    if (!options.json) console.log(renderResult(result)); // at once: a later failure must not hide it
  }
  if (options.json) console.log(JSON.stringify({ machine, benchmarks: results }, null, 2));
  else process.stdout.write(renderBounds(results.flatMap(({ bounds }) => bounds)));
}

function choose({ only, cold }: Options): readonly Benchmark[] {
  if (only === undefined) return cold ? all : quick;
  return only.map((name) => {
    const benchmark = all.find((candidate) => candidate.name === name);
    if (!benchmark) {
      const names = all.map((candidate) => candidate.name).join(", ");
      throw new UsageError(`there is no benchmark ${JSON.stringify(name)}`, `benchmarks: ${names}`);
    }
    return benchmark;
  });
}

await runProgram(program);
