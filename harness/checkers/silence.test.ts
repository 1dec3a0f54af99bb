import { expect } from "chai";
import type { HistoryEvent } from "../history/event.ts";
import { silences } from "./silence.ts";

/** A history, by seconds. */
class Log {
  readonly events: HistoryEvent[] = [];
  #process = 0;

  #add(second: number, event: Pick<HistoryEvent, "type" | "process" | "f"> & Partial<HistoryEvent>): this {
    this.events.push({ index: this.events.length, time: second * 1e9, ...event });
    return this;
  }

  send(invoked: number, partition: string, ended?: number, type: "ok" | "info" = "ok"): this {
    const process = ++this.#process;
    this.#add(invoked, { type: "invoke", process, f: "send", key: partition, value: process });
    if (ended === undefined) return this;
    return this.#add(ended, { type, process, f: "send", value: { key: partition, value: process } });
  }

  /** A member, or who assigns partitions to itself, polls at these times. */
  polls(f: "subscribe" | "assign", ...polls: readonly (readonly [number, string?])[]): this {
    const process = ++this.#process;
    this.#add(0, { type: "invoke", process, f, value: ["t"] });
    this.#add(0, { type: "ok", process, f, value: ["t"] });
    for (const [second, partition] of polls) {
      this.#add(second, { type: "invoke", process, f: "poll" });
      const value = partition === undefined ? {} : { [partition]: [[0, 1]] };
      this.#add(second, { type: "ok", process, f: "poll", value });
    }
    return this;
  }

  drain(second: number): this {
    const process = ++this.#process;
    return this.#add(second, { type: "invoke", process, f: "poll", phase: "drain" });
  }
}

describe("how long a log was silent", () => {
  it("is the longest time between two signs of life of one partition", () => {
    const log = new Log().send(0, "t-0", 4).send(5, "t-0", 6).send(5, "t-1", 6).send(6, "t-1", 7);
    log
      .send(8, "t-0", 15)
      .send(14, "t-1", 15)
      .polls("subscribe", [5, "t-0"], [6, "t-1"], [9, "t-1"], [9, "t-0"]);
    const { acknowledged, polled } = silences(log.drain(15).events, 12e9);
    expect(acknowledged).to.deep.equal({ longestMs: 9_000, hung: [] });
    expect(polled).to.deep.equal({ longestMs: 6_000, hung: ["t-0", "t-1"] });
  });

  it("lasts to the drain, and to the end of what was under way then", () => {
    const toDrain = new Log().send(1, "t-0", 2).send(3, "t-0").polls("subscribe", [3, "t-0"]).drain(10);
    expect(silences(toDrain.events, 5e9).acknowledged).to.deep.equal({ longestMs: 8_000, hung: ["t-0"] });
    const beyond = new Log().send(1, "t-0", 2).polls("subscribe", [3, "t-0"], [19, "t-0"]).drain(10);
    beyond.send(3, "t-0", 18);
    expect(silences(beyond.events, 5e9)).to.deep.equal({
      acknowledged: { longestMs: 16_000, hung: [] },
      polled: { longestMs: 16_000, hung: [] },
    });
  });

  it("does not count the drain itself, nor the start of the clients", () => {
    const log = new Log().send(0, "t-0", 6).send(7, "t-0", 7).polls("subscribe", [8, "t-0"], [9, "t-0"]);
    const { acknowledged, polled } = silences(log.drain(9).send(9, "t-0", 9).send(9, "t-0", 30).events, 8e9);
    expect([acknowledged.longestMs, polled.longestMs]).to.deep.equal([2_000, 1_000]);
  });

  it("is for ever where there was none at all", () => {
    const unanswered = new Log().send(1, "t-0", 3, "info").send(4, "t-0").drain(10);
    expect(silences(unanswered.events, 5e9)).to.deep.equal({
      acknowledged: { longestMs: 9_000, hung: ["t-0"] },
      polled: { longestMs: undefined, hung: [] },
    });
    const unpolled = new Log().send(1, "t-0", 2).send(3, "t-0", 6).polls("subscribe", [7]).drain(10);
    expect(silences(unpolled.events, 5e9).polled).to.deep.equal({ longestMs: 8_000, hung: ["t-0"] });
  });

  it("is no hang of sends where the load ended soon after all was well, with nothing under way", () => {
    const log = new Log().send(1, "t-0", 2).send(2, "t-1", 3, "info").drain(10);
    expect(silences(log.events, 5e9).acknowledged.hung).to.deep.equal([]);
    expect(silences(log.send(9, "t-0", 12, "info").events, 5e9).acknowledged.hung).to.deep.equal(["t-0"]);
  });

  it("is no hang of polls where nothing is left to poll, nor of anything before all is well", () => {
    const log = new Log().send(1, "t-0", 2).polls("subscribe", [3, "t-0"]).drain(10);
    expect(silences(log.events, 5e9).polled.hung).to.deep.equal([]);
    expect(silences(log.events, undefined)).to.deep.equal({
      acknowledged: { longestMs: 8_000, hung: [] },
      polled: { longestMs: 7_000, hung: [] },
    });
  });

  it("is not ended by the final reads", () => {
    const log = new Log().send(1, "t-0", 2).send(3, "t-0", 6).drain(10).polls("assign", [30, "t-0"]);
    expect(silences(log.events, 5e9).polled.hung).to.deep.equal(["t-0"]);
    expect(silences([], 1)).to.deep.equal({
      acknowledged: { longestMs: undefined, hung: [] },
      polled: { longestMs: undefined, hung: [] },
    });
  });
});
