import { expect } from "chai";
import type { HistoryEvent } from "../history/event.ts";
import { timeAxis } from "./axis.ts";
import { OperationSeries, type OperationsView } from "./operations.ts";

const S = 1e9;
const axis = timeAxis(0, 4 * S, 4);
const spans = [
  { name: "steady", from: 0, to: 2 * S },
  { name: "fault", from: 2 * S, to: 4 * S },
] as const;

type Bare = Omit<HistoryEvent, "index" | "value"> & { value?: unknown };

function fold(events: readonly Bare[]): OperationsView {
  const series = new OperationSeries(axis, spans);
  events.forEach((event, index) => {
    series.add({ value: null, ...event, index });
  });
  return series.finish();
}

describe("operation series", () => {
  it("counts an operation where it was due and measures from there", () => {
    const view = fold([
      { time: 1.2 * S, type: "invoke", process: 0, f: "get", node: "stt-1", intended: 0.9 * S },
      { time: 1.4 * S, type: "ok", process: 0, f: "get", node: "stt-1" },
    ]);
    expect(view.availability.get("stt-1")?.ok).to.deep.equal([1, 0, 0, 0]);
    expect(view.latency.get("get")?.[0]?.p50).to.be.closeTo(500, 0.01);
    expect(view.completions.ok).to.deep.equal([0, 1, 0, 0]);
  });

  it("takes percentiles of ok operations only", () => {
    const view = fold([
      { time: 0, type: "invoke", process: 0, f: "get" },
      { time: 0.1 * S, type: "ok", process: 0, f: "get" },
      { time: 0.1 * S, type: "invoke", process: 0, f: "get" },
      { time: 0.101 * S, type: "fail", process: 0, f: "get" },
    ]);
    expect(view.latency.get("get")?.[0]).to.deep.equal({ p50: 100, p95: 100, p99: 100, max: 100 });
    expect(view.table).to.have.length(1);
    expect(view.table[0]).to.include({ phase: "steady", f: "get", invoked: 2, ok: 1, fail: 1, info: 0 });
  });

  it("tells an answer that says no from a failure", () => {
    const view = fold([
      { time: 0, type: "invoke", process: 0, f: "acquire" },
      { time: 0.1 * S, type: "fail", process: 0, f: "acquire", error: "busy" },
      { time: 0.2 * S, type: "invoke", process: 0, f: "acquire" },
      { time: 0.3 * S, type: "fail", process: 0, f: "acquire", error: "connection refused" },
    ]);
    expect(view.table[0]).to.include({ invoked: 2, ok: 0, no: 1, fail: 1 });
    expect(view.availability.get("")?.no).to.deep.equal([1, 0, 0, 0]);
    expect(view.completions.no).to.deep.equal([1, 0, 0, 0]);
  });

  it("counts an operation that never ended as info and as open", () => {
    const view = fold([{ time: 2.5 * S, type: "invoke", process: 0, f: "get", node: "stt-2" }]);
    expect(view.open).to.equal(1);
    expect(view.availability.get("stt-2")?.info).to.deep.equal([0, 0, 1, 0]);
    expect(view.table[0]).to.include({ phase: "fault", invoked: 1, info: 1, latency: null });
  });

  it("prefers the phase the event names, and sorts the table by phase", () => {
    const view = fold([
      { time: 3 * S, type: "invoke", process: 0, f: "get", phase: "recovery" },
      { time: 3 * S, type: "ok", process: 0, f: "get", phase: "recovery" },
      { time: 3.1 * S, type: "invoke", process: 0, f: "put", phase: "steady" },
      { time: 3.2 * S, type: "info", process: 0, f: "put", phase: "steady" },
    ]);
    expect(view.table.map(({ phase, f }) => `${phase} ${f}`)).to.deep.equal(["steady put", "recovery get"]);
  });

  it("keeps the sum of all nodes and all kinds", () => {
    const view = fold([
      { time: 0, type: "invoke", process: 0, f: "get", node: "stt-1" },
      { time: 0, type: "invoke", process: 1, f: "put" },
      { time: 0.2 * S, type: "ok", process: 0, f: "get", node: "stt-1" },
      { time: 0.4 * S, type: "ok", process: 1, f: "put" },
    ]);
    expect(view.availability.get("")?.ok[0]).to.equal(2);
    expect(view.latency.get("")?.[0]).to.include({ p50: 200, max: 400 });
    expect(view.invoked).to.equal(2);
  });
});
