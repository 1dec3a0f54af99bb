import type { FaultRecord } from "../report/record.ts";

/** The stages of a run, in order. */
export const stages = [
  "provision",
  "start nodes",
  "reach steady state",
  "steady",
  "fault",
  "recovery",
  "drain",
  "judge",
  "tear down",
] as const;
export type Stage = (typeof stages)[number];

/** What a run tells those who watch it. */
export type RunEvent =
  | { readonly type: "stage"; readonly stage: Stage; readonly state: "started" }
  | { readonly type: "stage"; readonly stage: Stage; readonly state: "done" | "failed"; readonly ms: number }
  /** What is happening within the stage; a later detail replaces an earlier one. `polled`: it may change many times a second. */
  | { readonly type: "detail"; readonly text: string; readonly polled?: boolean }
  | { readonly type: "fault"; readonly record: FaultRecord };

export type RunObserver = (event: RunEvent) => void;
