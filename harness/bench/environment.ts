import { fileURLToPath } from "node:url";
import { plainReporter } from "../provision/progress.ts";
import { type Installed, provision } from "../provision/provision.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import { type SttOptions, stt } from "../topology/stt.ts";
import type { RunningTopology } from "../topology/topology.ts";
import type { BenchContext } from "./benchmark.ts";

/** The reference topology: what `faultline run` starts for most scenarios. */
export const referenceTopology = stt();

/** The entry of a stand-in for the service, where the service itself is not what is measured. */
export const standInService = fileURLToPath(new URL("./stand-in-service.ts", import.meta.url));

/** The entry of a bare Express server, which the service is compared with. */
export const bareExpress = fileURLToPath(new URL("./bare-express.ts", import.meta.url));

/** The entry of a program that measures a part of the service in its own process. */
export const systemProgram = (name: "lock" | "messages"): string =>
  fileURLToPath(new URL(`../../system/bench/${name}.ts`, import.meta.url));

/**
 * Provisions what a topology of this harness needs.
 * @param cache another cache folder than the user's.
 */
export function provisioned({ signal, say }: BenchContext, cache?: string): Promise<Installed> {
  return provision(referenceTopology.components, {
    signal,
    onProgress: plainReporter(say),
    ...(cache === undefined ? {} : { cache }),
  });
}

let runs = 0;

/** A runtime of its own, with a guardian: nothing is left behind, however the benchmark ends. */
export function newRuntime({ signal }: BenchContext): ProcessRuntime {
  const runId = `bench-${process.pid}-${++runs}`;
  return new ProcessRuntime({ runId, command: "bench", signal });
}

/** Starts a topology for as long as the stack lasts. */
export async function startTopology(
  options: SttOptions,
  context: BenchContext,
  stack: AsyncDisposableStack,
): Promise<{ running: RunningTopology; runtime: ProcessRuntime }> {
  const runtime = stack.use(newRuntime(context));
  const running = await stt(options).start({
    runtime,
    installed: await provisioned(context),
    signal: context.signal,
    step: untimedStep,
  });
  return { runtime, running: stack.use(running) };
}

/** For topologies whose steps are not of interest. */
export const untimedStep = <T>(_name: string, work: () => Promise<T>): Promise<T> => work();
