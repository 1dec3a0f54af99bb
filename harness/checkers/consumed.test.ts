import { expect } from "chai";
import type { HistoryEvent } from "../history/event.ts";
import { type ConsumedOptions, consumed } from "./consumed.ts";

const event = (
  type: HistoryEvent["type"],
  process: number,
  f: string,
  value: unknown = null,
): Omit<HistoryEvent, "index" | "time"> => ({ type, process, f, value });
const operation = (process: number, f: string, ok: unknown, type: "ok" | "fail" | "info" = "ok") => [
  event("invoke", process, f),
  event(type, process, f, ok),
];
const send = (offset: number, type?: "ok" | "fail" | "info") =>
  operation(0, "send", { key: "t-0", offset, value: offset }, type);
const poll = (process: number, ...offsets: number[]) =>
  operation(process, "poll", { "t-0": offsets.map((offset) => [offset, offset]) });
const member = (process: number) => operation(process, "subscribe", ["t"]);
const checkWith = (options: ConsumedOptions, ...operations: Omit<HistoryEvent, "index" | "time">[][]) =>
  consumed(options).check(operations.flat().map((one, index) => ({ index, time: index * 1e9, ...one })));
const check = (...operations: Omit<HistoryEvent, "index" | "time">[][]) => checkWith({}, ...operations);

describe("the consumed checker", () => {
  const sends = [send(0), send(1), send(2)];
  const finalRead = poll(9, 0, 1, 2);

  it("passes when members together polled everything, some of it twice", () => {
    const result = check(...sends, member(1), member(2), poll(1, 0, 1), poll(2, 1, 2), finalRead);
    expect(result.verdict, result.reason).to.equal("passed");
    expect(result.counts).to.include({ acknowledged: 3, "consumed again": 1 });
  });

  it("finds what the group left out, though a final read has it", () => {
    const result = check(...sends, member(1), poll(1, 0), member(2), poll(2, 2), finalRead);
    expect(result.verdict).to.equal("failed");
    expect(result.reason).to.contain("1 never-consumed; first: 1 in t-0");
    expect(result.anomalies[0]?.witnesses).to.have.length(2);
  });

  it("finds what the group polled too late, where it is told what that is", () => {
    // An event a second: the first is acknowledged at 1 s, polled at 9 s and again at 11 s.
    const history = [...sends, member(1), poll(1, 0, 1, 2), poll(1, 0)];
    const inTime = checkWith({ within: "8s" }, ...history);
    expect(inTime.verdict, inTime.reason).to.equal("passed");
    expect(inTime.counts).to.include({ "longest wait (ms)": 8_000 });
    const late = checkWith({ within: "5s" }, ...history);
    expect(late.reason).to.contain("2 consumed-late; first: 0 in t-0 was polled 8.0 s after");
  });

  it("demands nothing of what was not acknowledged, and leaves what nobody sees to the log's checker", () => {
    expect(check(send(0), send(1, "info"), member(1), poll(1, 0)).verdict).to.equal("passed");
    expect(check(...sends, member(1), poll(1, 0), poll(9, 0)).verdict).to.equal("passed");
  });

  it("does not decide without anything acknowledged, or polled by a member", () => {
    expect(check(member(1), poll(1)).verdict).to.equal("inconclusive");
    expect(check(...sends, member(1), finalRead).reason).to.contain("3 never-consumed");
    expect(check(...sends, finalRead).verdict).to.equal("failed");
    expect(check(send(0), member(1)).verdict).to.equal("inconclusive");
  });
});
