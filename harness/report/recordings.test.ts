import { expect } from "chai";
import type { HistoryEvent } from "../history/event.ts";
import { timeAxis } from "./axis.ts";
import { RecordingSeries } from "./recordings.ts";

const S = 1e9;

function ok(seconds: number, f: string, key: string, value: unknown = null): HistoryEvent {
  return { index: 0, time: seconds * S, type: "ok", process: 0, f, key, value };
}

describe("recording series", () => {
  it("has a recording in flight from its finish until it is first seen to have ended", () => {
    const series = new RecordingSeries(timeAxis(0, 4 * S, 4));
    series.add(ok(0.5, "finish", "a"));
    series.add(ok(0.6, "finish", "b"));
    series.add(ok(1.5, "status", "a", { status: "PROCESSING" }));
    series.add(ok(2.5, "status", "a", { status: "COMPLETED" }));
    series.add(ok(3.1, "result", "a", { status: "COMPLETED" }));
    series.add(ok(3.5, "result", "b", { status: "FAILED" }));
    expect(series.finish()).to.deep.equal({
      handedOver: [2, 2, 2, 2],
      completed: [0, 0, 1, 1],
      failed: [0, 0, 0, 1],
      inFlight: [2, 2, 1, 0],
    });
  });

  it("shows nothing for a workload without recordings", () => {
    const series = new RecordingSeries(timeAxis(0, 4 * S, 4));
    series.add(ok(1, "write", "x", 7));
    expect(series.finish()).to.equal(null);
  });
});
