import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import type { Clock } from "../util/clock.ts";
import { EnvironmentError, UsageError } from "../util/errors.ts";
import type { HistoryEvent } from "./event.ts";
import { latencyMs, pairOperations } from "./operations.ts";
import { type ReadOptions, readEventsAt, readHistory, readHistoryBlocks } from "./reader.ts";
import { openHistory } from "./recorder.ts";

/** A clock that stands still until told. */
function manualClock(): Clock & { ms: number } {
  const clock = { ms: 1_000, now: () => clock.ms, sleep: () => Promise.resolve() };
  return clock;
}

async function readAll(path: string, options?: ReadOptions): Promise<HistoryEvent[]> {
  return Array.fromAsync(readHistory(path, options));
}

async function readFailure(path: string): Promise<unknown> {
  return readAll(path).catch((error: unknown) => error);
}

describe("a history", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "history-"));
    path = join(folder, "history.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("of many segments is read as one, with the numbers of its lines", async () => {
    const events = Array.from({ length: 60 }, (_, n) =>
      JSON.stringify({ index: n, time: n, type: n % 2 ? "ok" : "invoke", process: 0, f: "read" }),
    );
    writeFileSync(`${path}.000001.gz`, gzipSync(`${events.slice(0, 20).join("\n")}\n`));
    writeFileSync(`${path}.000002`, `${events.slice(20, 50).join("\n")}\n`);
    writeFileSync(path, `${events.slice(50).join("\n")}\n`);
    expect((await readAll(path)).map(({ index }) => index)).to.deep.equal(events.map((_, n) => n));
    expect([...(await readEventsAt(path, new Set([3, 30, 55]))).keys()]).to.deep.equal([3, 30, 55]);
    writeFileSync(`${path}.000002`, "{}\n");
    expect(await readFailure(path))
      .to.be.instanceOf(UsageError)
      .with.property("message")
      .that.includes("line 21");
  });

  it("records events with index, time since it began, phase and node", () => {
    const clock = manualClock();
    using history = openHistory(path, { clock });
    clock.ms += 1.5;
    history.phase = "steady";
    const process = history.newProcess();
    const chunk = history.invoke({
      f: "chunk",
      process,
      key: "r1",
      value: { seq: 0 },
      node: "stt-1",
      intended: 1e6,
    });
    clock.ms += 1;
    chunk.ok({ seq: 0, status: "RECORDING" });
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).to.deep.equal([
      {
        ...{ index: 0, time: 1_500_000, type: "invoke", process, f: "chunk", key: "r1", value: { seq: 0 } },
        ...{ node: "stt-1", phase: "steady", intended: 1e6 },
      },
      {
        ...{ index: 1, time: 2_500_000, type: "ok", process, f: "chunk", key: "r1" },
        ...{ value: { seq: 0, status: "RECORDING" }, node: "stt-1", phase: "steady" },
      },
    ]);
    expect(history.events.map((event) => ({ ...event }))).to.deep.equal(
      lines.map((line) => JSON.parse(line)),
    );
  });

  it("has each event on disk before the call returns", () => {
    using history = openHistory(path);
    history.invoke({ f: "read", process: history.newProcess() });
    expect(readFileSync(path, "utf8")).to.match(/^\{"index":0.*\}\n$/);
  });

  it("is whole up to its last event when its recorder is killed", async () => {
    const recorder = new URL("./recorder.ts", import.meta.url).href;
    const program = `
      import { openHistory } from ${JSON.stringify(recorder)};
      const history = openHistory(${JSON.stringify(path)});
      for (let n = 0; ; n++) {
        history.invoke({ f: "write", process: history.newProcess(), key: "x", value: n }).ok(n);
        if (n === 1000) process.stdout.write("many");
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const torn: number[] = [];
    const events = await readAll(path, { onTorn: (line) => torn.push(line) });
    expect(events.length).to.be.greaterThan(2_000);
    expect(events.map(({ index }) => index)).to.deep.equal(events.map((_, place) => place));
    expect(pairOperations(events).filter(({ completion }) => completion === undefined).length).to.be.at.most(
      1,
    );
    expect(torn.length).to.be.at.most(1);
  });

  it("knows the phase of any time that is past", () => {
    const clock = manualClock();
    using history = openHistory(path, { clock });
    clock.ms += 10;
    history.phase = "steady";
    clock.ms += 10;
    history.phase = "fault";
    expect([0, 9e6, 10e6, 19_999_999, 20e6, 1e12].map((time) => history.phaseAt(time))).to.deep.equal([
      "setup",
      "setup",
      "steady",
      "steady",
      "fault",
      "fault",
    ]);
    expect(history.phase).to.equal("fault");
  });

  it("ends an operation exactly once", () => {
    using history = openHistory(path);
    const invocation = history.invoke({ f: "read", process: history.newProcess() });
    invocation.fail("refused");
    expect(() => invocation.ok(1)).to.throw("has ended already");
    expect(() => invocation.info("late")).to.throw("has ended already");
    expect(history.events).to.have.length(2);
  });

  it("does not let an old invocation end a newer one of its process", () => {
    using history = openHistory(path);
    const process = history.newProcess();
    const first = history.invoke({ f: "read", process });
    first.ok(1);
    history.invoke({ f: "read", process });
    expect(() => first.ok(2)).to.throw("has ended already");
  });

  it("retires a process after an info, and lets one do one thing at a time", () => {
    using history = openHistory(path);
    const process = history.newProcess();
    const invocation = history.invoke({ f: "write", process, value: 1 });
    expect(() => history.invoke({ f: "write", process, value: 2 })).to.throw(
      "already has an operation under way",
    );
    invocation.info("timeout");
    expect(() => history.invoke({ f: "write", process, value: 2 })).to.throw(`process ${process} is retired`);
    history.invoke({ f: "write", process: history.newProcess(), value: 2 });
  });

  it("never overwrites a history, and says when it is closed", () => {
    const history = openHistory(path);
    expect(() => openHistory(path)).to.throw(EnvironmentError, path);
    history.close();
    history.close();
    expect(() => history.invoke({ f: "read", process: 0 })).to.throw("is closed");
    expect(() => openHistory(join(folder, "absent", "h.ndjson"))).to.throw(EnvironmentError);
  });

  it("is read back as it was recorded, whatever the values", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ value: fc.jsonValue(), key: fc.string() })), async (written) => {
        rmSync(path, { force: true });
        const history = openHistory(path);
        const process = history.newProcess();
        for (const { value, key } of written) history.invoke({ f: "write", process, value, key }).ok(value);
        history.close();
        // JSON knows no -0 and no undefined.
        expect(await readAll(path)).to.deep.equal(JSON.parse(JSON.stringify(history.events)));
      }),
      { numRuns: 40 },
    );
  });

  it("tolerates a torn last line and says so", async () => {
    writeFileSync(path, '{"index":0,"time":0,"type":"invoke","process":0,"f":"read"}\n{"index":1,"ti');
    const torn: number[] = [];
    expect(await readAll(path, { onTorn: (line) => torn.push(line) })).to.have.length(1);
    expect(torn).to.deep.equal([2]);
  });

  it("takes a last line without newline when it is whole, and skips blank lines", async () => {
    const event = '{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}';
    writeFileSync(path, `\n${event}\n\n${event}`);
    expect(await readAll(path)).to.have.length(2);
  });

  it("names a malformed line by its number", async () => {
    const good = '{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}';
    for (const bad of ["nonsense", '{"index":1}', `${good.replace('"invoke"', '"maybe"')}`, "7"]) {
      writeFileSync(path, `${good}\n${bad}\n${good}\n`);
      const error = await readFailure(path);
      expect(error).to.be.instanceOf(UsageError);
      expect((error as UsageError).message).to.include("line 2");
    }
    expect(await readFailure(join(folder, "absent"))).to.be.instanceOf(UsageError);
  });

  it("keeps characters whole over the blocks of a file", async () => {
    using history = openHistory(path);
    const process = history.newProcess();
    const value = "음성 인식 🎙".repeat(50);
    for (let n = 0; n < 500; n++) history.invoke({ f: "write", process, value }).ok(value);
    const events = await readAll(path);
    expect(events.filter((event) => event.value === value)).to.have.length(1_000);
  });

  it("tells the number of each event's line, over blank lines and blocks", async () => {
    const event = (index: number) =>
      `{"index":${index},"time":0,"type":"invoke","process":${index},"f":"read","value":"${"é".repeat(100)}"}`;
    const text = Array.from(
      { length: 3_000 },
      (_, index) => `${event(index)}\n${index % 7 === 0 ? " \n" : ""}`,
    );
    writeFileSync(path, text.join(""));
    const located: [number, number][] = [];
    let blocks = 0;
    for await (const { events, lines } of readHistoryBlocks(path)) {
      blocks++;
      for (const [n, { index }] of events.entries()) located.push([index, lines[n] ?? 0]);
    }
    expect(blocks).to.be.greaterThan(1);
    expect(located).to.deep.equal(
      Array.from({ length: 3_000 }, (_, index) => [index, index + 1 + Math.ceil(index / 7)]),
    );
  });

  it("finds events again by their place", async () => {
    const text = Array.from({ length: 3_000 }, (_, index) => {
      const event = `{"index":${index + 5},"time":0,"type":"invoke","process":${index},"f":"read","value":"${"é".repeat(100)}"}`;
      return `${index % 7 === 0 ? " \n\n" : ""}${index % 5 === 0 ? " " : ""}${event}\n`;
    });
    writeFileSync(path, text.join(""));
    const found = await readEventsAt(path, new Set([0, 1, 1_234, 2_999, 3_000]));
    expect([...found].map(([place, { index }]) => [place, index])).to.deep.equal(
      [0, 1, 1_234, 2_999].map((place) => [place, place + 5]),
    );
    expect(await readEventsAt(path, new Set())).to.have.property("size", 0);
  });

  it("reads a line longer than a block", async () => {
    const value = "x".repeat(1_500_000);
    writeFileSync(path, `{"index":0,"time":0,"type":"invoke","process":0,"f":"write","value":"${value}"}\n`);
    expect((await readAll(path)).map((event) => event.value === value)).to.deep.equal([true]);
  });
});

describe("pairing operations", () => {
  const event = (index: number, type: HistoryEvent["type"], process: number, f = "read"): HistoryEvent => {
    return { index, time: index * 1e6, type, process, f, value: null };
  };

  it("matches completions by process, in the order of the invokes", () => {
    const events = [event(0, "invoke", 1), event(1, "invoke", 2), event(2, "ok", 2), event(3, "invoke", 2)];
    const pairs = pairOperations(events).map(({ invoke, completion }) => [invoke.index, completion?.index]);
    expect(pairs).to.deep.equal([
      [0, undefined],
      [1, 2],
      [3, undefined],
    ]);
  });

  it("measures latency from when it was intended", () => {
    const invoke = event(5, "invoke", 0);
    const completion = event(7, "ok", 0);
    expect(latencyMs({ invoke, completion })).to.equal(2);
    expect(latencyMs({ invoke: { ...invoke, intended: 1e6 }, completion })).to.equal(6);
    expect(latencyMs({ invoke })).to.equal(undefined);
  });

  it("refuses histories that break the rules, naming the event", () => {
    const refused = (...events: HistoryEvent[]) =>
      expect(() => pairOperations(events)).to.throw(UsageError, `event ${events.at(-1)?.index}`);
    refused(event(0, "ok", 1));
    refused(event(0, "invoke", 1), event(1, "invoke", 1));
    refused(event(0, "invoke", 1), event(1, "info", 1), event(2, "invoke", 1));
    refused(event(0, "invoke", 1), event(1, "ok", 1, "write"));
  });
});
