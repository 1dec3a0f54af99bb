import type { History } from "../../history/recorder.ts";
import { type Duration, formatDuration, milliseconds } from "../../util/duration.ts";
import { messageOf, UsageError } from "../../util/errors.ts";
import { seededRandom } from "../../util/random.ts";
import { withDeadline } from "../../util/with-deadline.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "../workload.ts";
import type { Stepper } from "./stepper.ts";
import { type Interface, interfaces, World } from "./world.ts";

/** What users do with the service, once, and what they must see. It fails by throwing. */
export interface Flow {
  readonly name: string;
  readonly run: (world: World) => Promise<void>;
}

export interface FlowsOptions {
  /** By which of the service's interfaces each flow is run (default: both, one after the other). */
  readonly over?: readonly Interface[];
  /** How long a flow may take (default 60 s). */
  readonly within?: Duration;
}

/** Counts of flows. */
export type FlowsStats = Readonly<{ passed: number; failed: number; toCome: number }>;

/**
 * Flows one after another, each once by each interface. Every flow (`flow`) and every step of one (`step`) is an
 * operation, under the flow's name; they are judged by the checker `flowsHold`.
 * @throws UsageError without a flow, or with two of one name.
 */
export function flows(list: readonly Flow[], options: FlowsOptions = {}): Workload<FlowsStats> {
  const { over = interfaces, within = "60s" } = options;
  const names = new Set(list.map(({ name }) => name));
  if (list.length === 0 || over.length === 0) throw new UsageError("flows: give it at least one flow");
  if (names.size < list.length) throw new UsageError("flows: two flows have one name");
  const withinMs = milliseconds(within);
  return {
    name: "flows",
    description: `${list.map(({ name }) => name).join("; ")}: once over ${over.join(" and ")}, each within ${formatDuration(withinMs)}`,
    start: (context) => {
      if (context.services.length === 0)
        throw new UsageError("flows: the topology has no instance of the service");
      const turns = over.flatMap((by) => list.map((flow) => ({ flow, by })));
      return new RunningFlows(turns, within, context);
    },
  };
}

interface Turn {
  readonly flow: Flow;
  readonly by: Interface;
}

class RunningFlows implements RunningWorkload<FlowsStats> {
  readonly #turns: readonly Turn[];
  readonly #within: Duration;
  readonly #context: WorkloadContext;
  readonly #over = new AbortController();
  readonly #all: Promise<void>;
  readonly #counts = { passed: 0, failed: 0 };

  constructor(turns: readonly Turn[], within: Duration, context: WorkloadContext) {
    this.#turns = turns;
    this.#within = within;
    this.#context = context;
    this.#all = this.#runAll();
  }

  /** What is to come still comes: flows are few, and each is needed. */
  stop(): void {}

  finished(): Promise<void> {
    return this.#all;
  }

  drained(): Promise<void> {
    return this.#all;
  }

  /** There is nothing to read: flows look for themselves. */
  async finalReads(): Promise<void> {}

  stats(): FlowsStats {
    const { passed, failed } = this.#counts;
    return { passed, failed, toCome: this.#turns.length - passed - failed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#all;
  }

  async #runAll(): Promise<void> {
    const signal = AbortSignal.any([this.#over.signal, this.#context.signal]);
    for (const [number, { flow, by }] of this.#turns.entries()) {
      if (signal.aborted) return;
      const passed = await this.#runOne(flow, by, seededRandom(this.#context.seed + number), signal);
      this.#counts[passed ? "passed" : "failed"]++;
    }
  }

  async #runOne(flow: Flow, by: Interface, random: () => number, signal: AbortSignal): Promise<boolean> {
    const { history } = this.#context;
    const key = `${flow.name}, over ${by}`;
    const whole = history.invoke({ f: "flow", key, process: history.newProcess() });
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(new Error("the run was ended"));
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await using world = new World(by, stepper(history, key), this.#context, random);
      await withDeadline(Promise.race([flow.run(world), aborted]), this.#within, "the flow");
      whole.ok();
      return true;
    } catch (error) {
      if (signal.aborted) whole.info(messageOf(error));
      else whole.fail(messageOf(error));
      return false;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** Records each step as an operation. Steps of a flow may overlap. */
const stepper =
  (history: History, key: string): Stepper =>
  async (what, work) => {
    const step = history.invoke({ f: "step", key, value: what, process: history.newProcess() });
    try {
      const result = await work();
      step.ok(what);
      return result;
    } catch (error) {
      step.fail(messageOf(error));
      throw error;
    }
  };
