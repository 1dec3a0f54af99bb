import type { SteadyState } from "../checkers/steady-state.ts";
import type { Thresholds } from "../checkers/thresholds.ts";
import { elsewhere } from "../topology/elsewhere.ts";
import { type K6Options, k6 } from "../workload/k6.ts";
import { type Scenario, scenario } from "./scenario.ts";

export interface LoadElsewhereOptions {
  /** Of the HTTP interface. */
  readonly baseUrl: string;
  readonly k6: K6Options;
  /** Of the tokens that the service accepts; empty: the script is given a token, or needs none. */
  readonly jwtSecret: string;
  /** Bounds beside those of the script. */
  readonly bounds: NonNullable<Thresholds["steady"]>;
}

/** Nobody but k6 asks a service that is not ours, so nothing is known of it before k6 begins. */
const unknown: SteadyState = {
  description: "none: the service is not ours, and k6 begins at once",
  windowMs: 0,
  holdMs: 0,
  holds: () => ({ holds: true, reasons: [], overdue: false }),
};

/** A load of a service that runs already, without faults: it is judged by thresholds alone. */
export const loadElsewhere = ({ baseUrl, k6: load, jwtSecret, bounds }: LoadElsewhereOptions): Scenario =>
  scenario({
    title: `${load.script} ${load.profile} against ${baseUrl}`,
    topology: elsewhere(baseUrl, jwtSecret),
    workload: k6(load),
    steadyState: unknown,
    faults: [],
    checks: [],
    thresholds: { steady: bounds },
  });
