import { isOfK6 } from "../checkers/k6-thresholds.ts";
import type { AnyChecker } from "../checkers/sample-checker.ts";
import { type SteadyState, steadyState } from "../checkers/steady-state.ts";
import { parseThresholds, type Threshold, type Thresholds } from "../checkers/thresholds.ts";
import type { FaultPlan } from "../faults/schedule.ts";
import type { ComponentName } from "../provision/provision.ts";
import type { Topology } from "../topology/topology.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import type { Workload } from "../workload/workload.ts";

/** A scenario as its author writes it; it reads like its own description (docs/write-a-scenario.md). */
export interface ScenarioDefinition {
  /** The promise under test, as a sentence. */
  readonly title: string;
  /** What may and what may not be lost, doubled or slow meanwhile, and why; for people, in the docs and the report. */
  readonly about?: string;
  readonly topology: Topology;
  readonly workload: Workload;
  readonly faults: readonly FaultPlan[];
  readonly checks: readonly AnyChecker[];
  readonly thresholds?: Thresholds;
  /** What "the service is well" means, before the fault and after it. */
  readonly steadyState?: SteadyState;
  /** Without faults: how long the steady phase lasts at least (default 0 s; a workload that ends by itself is waited for). */
  readonly steadyFor?: Duration;
  /** How long recovery may take before the run goes on without it, and fails (default 60 s after the heal). */
  readonly giveUpAfter?: Duration;
  /** For `faultline hunt`: kinds of faults that are not drawn, for what they break was not promised. */
  readonly hunt?: { readonly without: readonly string[] };
  /** Set when what is tested is broken on purpose: the run must fail. */
  readonly mutant?: Mutant;
  /** `nightly`: not part of the default suite, which is one of each kind; it runs when a pattern names it, or with `--suite nightly` or `all`. */
  readonly suite?: "nightly";
}

/** A classic mistake, and who has to find it. */
export interface Mutant {
  /** One sentence: what is done wrong. */
  readonly mistake: string;
  /** Name of the checker that has to say so; `threshold`, `recovery` for those. */
  readonly caughtBy: string;
}

/** A scenario that can be run: everything parsed, nothing optional. */
export interface Scenario {
  readonly kind: "scenario";
  readonly title: string;
  readonly about?: string;
  readonly topology: Topology;
  readonly workload: Workload;
  readonly faults: readonly FaultPlan[];
  readonly checks: readonly AnyChecker[];
  readonly thresholds: readonly Threshold[];
  /** No threshold is judged, of a script of k6 neither. */
  readonly correctnessOnly?: boolean;
  readonly steadyState: SteadyState;
  readonly steadyForMs: number;
  readonly giveUpAfterMs: number;
  readonly hunt?: { readonly without: readonly string[] };
  readonly mutant?: Mutant;
  readonly suite?: "nightly";
}

/**
 * Defines a scenario; the default export of a `*.scenario.ts` file.
 * @throws UsageError for a threshold that cannot be read, or on a metric of k6 that does not run; RangeError for a bad duration.
 */
export function scenario(definition: ScenarioDefinition): Scenario {
  const { thresholds = {}, steadyFor = "0s", giveUpAfter = "60s", ...rest } = definition;
  const parsed = parseThresholds(thresholds);
  const ofK6 = parsed.find(({ metric }) => isOfK6(metric));
  if (ofK6 !== undefined && !definition.workload.components?.includes("k6")) {
    throw new UsageError(
      `thresholds name ${ofK6.metric}, and no k6 is among the workloads`,
      "leave the bound out, or have k6({ ... }) beside the others, by mixed",
    );
  }
  return {
    ...rest,
    kind: "scenario",
    thresholds: parsed,
    steadyState: definition.steadyState ?? steadyState(),
    steadyForMs: milliseconds(steadyFor),
    giveUpAfterMs: milliseconds(giveUpAfter),
  };
}

/** What must be provisioned for it. */
export const componentsOf = ({
  topology,
  workload,
}: Pick<Scenario, "topology" | "workload">): ComponentName[] => [
  ...new Set([...topology.components, ...(workload.components ?? [])]),
];

/** One promise tried on several subjects: a scenario each, by the names of these. */
export interface Variants {
  readonly kind: "variants";
  readonly scenarios: Readonly<Record<string, Scenario>>;
}

/** The default export of a file with several scenarios; each is `file.scenario.ts#name`, and has to have a title of its own. */
export const variants = (scenarios: Readonly<Record<string, Scenario>>): Variants => ({
  kind: "variants",
  scenarios,
});

/** One of several scenarios. @throws UsageError when there is none of that name. */
export function variantOf({ scenarios }: Variants, name: string): Scenario {
  const one = scenarios[name];
  if (one !== undefined) return one;
  throw new UsageError(`there is no variant ${name}`, `one of ${Object.keys(scenarios).join(", ")}`);
}
