import { expect } from "chai";
import { steadyState } from "../checkers/steady-state.ts";
import { goodLoad, made } from "../checkers/testing/made-history.ts";
import type { FaultRecord } from "../report/record.ts";
import { stt } from "../topology/stt.ts";
import { transcriptions } from "../workload/transcriptions.ts";
import { evaluate } from "./evaluate.ts";
import { scenario } from "./scenario.ts";
import { varied } from "./scenario-of-run.ts";

/** The hypothesis has to hold for 8 s: a window of 3 s, and the 5 s in which a recording may complete. */
const definition = scenario({
  title: "two faults",
  topology: stt(),
  workload: transcriptions({ rate: 5 }),
  faults: [],
  checks: [],
  steadyState: steadyState({ window: "3s", completedWithin: "5s" }),
});

interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Good load in which every chunk sent in an outage is refused; times in seconds. */
const historyWith = (...outages: readonly Outage[]) =>
  made(
    goodLoad(0, 60_000).map((operation) =>
      operation.f === "chunk" &&
      outages.some(({ from, to }) => operation.at >= from * 1e3 && operation.at < to * 1e3)
        ? { ...operation, type: "fail" as const, value: null }
        : operation,
    ),
    (ms) => (ms < 20_000 ? "steady" : "fault"),
  );

/** A fault that was injected and proven healed at these seconds. */
const fault = (id: string, injected: number, healed: number): FaultRecord => ({
  ...{ id, fault: "kill", target: id, nodes: [id], links: [], escalations: [] },
  injectedAt: injected * 1e9,
  provenAt: injected * 1e9,
  healedAt: healed * 1e9,
  healProvenAt: healed * 1e9,
});

function recoveries(faults: readonly FaultRecord[], ...outages: readonly Outage[]): number[] {
  return judgedFaults(faults, ...outages).map(({ rtoMs }) => Math.round((rtoMs ?? -1) / 1e3));
}

function judgedFaults(faults: readonly FaultRecord[], ...outages: readonly Outage[]): readonly FaultRecord[] {
  const events = historyWith(...outages);
  const evidence = {
    scenario: definition,
    events,
    samples: [],
    phases: [],
    faults,
    whyNotInjected: undefined,
    nodes: [],
  };
  return evaluate(evidence).faults;
}

describe("evaluating faults that overlap", () => {
  it("gives each its own recovery time, from its own injection", () => {
    const [long, short] = [fault("long", 20, 50), fault("short", 36, 40)];
    expect(recoveries([long, short], { from: 20, to: 22 }, { from: 36, to: 39 })).to.deep.equal([2, 3]);
  });

  it("has the first one recover with the second, where it had not recovered when that struck", () => {
    const [first, second] = [fault("first", 20, 30), fault("second", 25, 30)];
    expect(recoveries([first, second], { from: 20, to: 22 }, { from: 25, to: 28 })).to.deep.equal([8, 3]);
  });

  it("charges what was lost to none of several", () => {
    const faults = [fault("long", 20, 50), fault("short", 36, 40)];
    for (const judged of judgedFaults(faults, { from: 20, to: 22 }))
      expect(judged).not.to.have.property("lost");
  });
});

describe("the evaluation of a run that is judged for correctness only", () => {
  const broken = {
    time: 1,
    metric: "k6_threshold",
    value: 0,
    labels: { metric: "stt_failed", bound: "rate<0.05" },
  };
  const judged = (changes: { readonly correctnessOnly?: boolean }) =>
    evaluate({
      scenario: varied(definition, changes),
      ...{ events: historyWith(), samples: [broken], phases: [], faults: [], nodes: [] },
      whyNotInjected: undefined,
    }).thresholds.map(({ metric, verdict }) => [metric, verdict]);

  it("leaves out the thresholds of k6's script, too", () => {
    expect(judged({})).to.deep.equal([["k6.stt_failed", "failed"]]);
    expect(judged({ correctnessOnly: true })).to.deep.equal([]);
  });
});
