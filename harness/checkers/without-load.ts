import type { SteadyState } from "./steady-state.ts";

/** For runs without a steady load: nothing to be judged as a whole, what runs says itself whether it was served. */
export const withoutLoad: SteadyState = {
  description: "no steady load: every operation is judged for itself",
  windowMs: 0,
  holdMs: 0,
  holds: () => ({ holds: true, reasons: [], overdue: false }),
};
