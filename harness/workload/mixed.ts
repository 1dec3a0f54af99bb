import { UsageError } from "../util/errors.ts";
import { together } from "../util/together.ts";
import type { RunningWorkload, Workload, WorkloadStats } from "./workload.ts";

/**
 * Several workloads at once, with one history. Their counts are told with their names.
 * @throws UsageError for none, or two of a name.
 */
export function mixed(workloads: readonly Workload[]): Workload {
  const names = workloads.map(({ name }) => name);
  if (names.length === 0) throw new UsageError("mixed: give it at least one workload");
  if (new Set(names).size < names.length)
    throw new UsageError(`mixed: two workloads have one name: ${names.join(", ")}`);
  return {
    name: names.join(" + "),
    description: workloads.map(({ description }) => description).join("; "),
    components: workloads.flatMap(({ components = [] }) => components),
    start: (context) => {
      const running: { name: string; workload: RunningWorkload }[] = [];
      try {
        for (const workload of workloads)
          running.push({ name: workload.name, workload: workload.start(context) });
      } catch (error) {
        for (const { workload } of running) void workload[Symbol.asyncDispose]();
        throw error;
      }
      return new RunningMixed(running);
    },
  };
}

class RunningMixed implements RunningWorkload {
  readonly #parts: readonly { readonly name: string; readonly workload: RunningWorkload }[];

  constructor(parts: readonly { name: string; workload: RunningWorkload }[]) {
    this.#parts = parts;
  }

  stop(): void {
    for (const { workload } of this.#parts) workload.stop();
  }

  async drained(): Promise<void> {
    this.stop();
    await this.#all((workload) => workload.drained());
  }

  async finished(): Promise<void> {
    await this.#all(async (workload) => workload.finished?.());
  }

  async finalReads(): Promise<void> {
    await this.#all((workload) => workload.finalReads());
  }

  stats(): WorkloadStats {
    return Object.fromEntries(
      this.#parts.flatMap(({ name, workload }) =>
        Object.entries(workload.stats()).map(([count, value]) => [`${name} ${count}`, value]),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all(async (workload) => workload[Symbol.asyncDispose]());
  }

  /** All at once; the first failure is thrown when every one has ended. */
  async #all(work: (workload: RunningWorkload) => Promise<void>): Promise<void> {
    await together(this.#parts.map(({ workload }) => work(workload)));
  }
}
