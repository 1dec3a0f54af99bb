import type { HistoryEvent, Phase } from "../../history/event.ts";

/** An operation of a hand-made history; times in ms. */
export interface MadeOperation {
  readonly f: string;
  readonly at: number;
  /** Absent: it never completes. */
  readonly end?: number;
  readonly type?: "ok" | "fail" | "info";
  readonly key?: string;
  readonly value?: unknown;
  readonly invokeValue?: unknown;
  readonly node?: string;
  readonly phase?: Phase;
  readonly intended?: number;
}

/** The events of operations, by time; each operation is a process of its own. */
export function made(operations: readonly MadeOperation[], phaseAt?: (ms: number) => Phase): HistoryEvent[] {
  const events = operations.flatMap((operation, process) => {
    const { f, key, node, at, end, type = "ok" } = operation;
    const event = (ms: number) => {
      const phase = operation.phase ?? phaseAt?.(ms);
      return {
        time: ms * 1e6,
        process,
        f,
        ...(key === undefined ? {} : { key }),
        ...(node === undefined ? {} : { node }),
        ...(phase === undefined ? {} : { phase }),
      };
    };
    const invoke = {
      ...event(at),
      type: "invoke" as const,
      value: operation.invokeValue ?? null,
      ...(operation.intended === undefined ? {} : { intended: operation.intended * 1e6 }),
    };
    if (end === undefined) return [invoke];
    const error = type === "ok" ? {} : { error: "made" };
    return [invoke, { ...event(end), type, value: operation.value ?? null, ...error }];
  });
  return events.sort((a, b) => a.time - b.time).map((event, index) => ({ index, ...event }));
}

/** A recording's way, all well: 3 chunks, polls every 500 ms. `completeMs`: from conversion to COMPLETED. */
export function goodRecording(id: string, startMs: number, completeMs = 2_000): MadeOperation[] {
  let turn = 0;
  const request = (f: string, at: number, value: unknown): MadeOperation => {
    turn++;
    return { f, at, end: at + 5, key: id, value, node: `stt-${(turn % 2) + 1}` };
  };
  const polls: MadeOperation[] = [];
  const converted = startMs + 1_000;
  for (let at = converted + 500; ; at += 500) {
    const status = at >= converted + completeMs ? "COMPLETED" : "PROCESSING";
    polls.push(request("status", at, { status }));
    if (status === "COMPLETED") break;
  }
  return [
    { ...request("start", startMs, { id, status: "RECORDING" }), key: `user-${id}`, intended: startMs },
    request("chunk", startMs + 100, { seq: 0, status: "RECORDING" }),
    request("chunk", startMs + 200, { seq: 1, status: "RECORDING" }),
    request("finish", startMs + 300, { seq: 2, status: "ENCODING" }),
    request("status", startMs + 500, { status: "ENCODING" }),
    request("status", startMs + 900, { status: "ENCODED" }),
    request("convert", converted, { status: "PROCESSING" }),
    ...polls,
  ];
}

/** Final reads of a recording, all well, at a time after its end. */
export function goodReads(id: string, atMs: number): MadeOperation[] {
  const read = { at: atMs, end: atMs + 5, key: id, phase: "drain" as const };
  return [
    { ...read, f: "result", value: { id, status: "COMPLETED", hasText: true, hasSummary: true } },
    { ...read, at: atMs + 6, end: atMs + 8, f: "wav", value: { id, bytes: 24_044, present: [0, 1, 2] } },
  ];
}

/** The read of the upstream's journal that shows each of `ids` once. */
export function goodJournal(ids: readonly string[], atMs: number): MadeOperation {
  const once = Object.fromEntries(ids.map((id) => [id, 1]));
  const value = { submissions: once, summaries: once, unattributed: 0 };
  return { f: "upstream", at: atMs, end: atMs + 5, phase: "drain", value };
}

/** A recording every `everyMs` over `[fromMs, toMs)`, all well. */
export function goodLoad(fromMs: number, toMs: number, everyMs = 200, completeMs = 2_000): MadeOperation[] {
  const operations: MadeOperation[] = [];
  for (let at = fromMs; at < toMs; at += everyMs) operations.push(...goodRecording(`r${at}`, at, completeMs));
  return operations;
}
