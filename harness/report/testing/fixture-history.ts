import type { HistoryEvent, Phase } from "../../history/event.ts";

const NS = 1e9;
const outageFrom = 30;
const outageTo = 33;

/** A deterministic stand-in for Math.random (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Unordered = Omit<HistoryEvent, "index">;

/**
 * The history of five recordings a second over two instances from 5 s to 68 s, with errors and slow answers
 * from 30 s to 33 s, and a final read of each recording.
 */
export function operationsOfAnOutage(phaseAt: (seconds: number) => Phase): HistoryEvent[] {
  const random = randomFrom(7);
  const events: Unordered[] = [];
  let processes = 0;

  /** Records one operation due at `due` and returns when it ended and how. */
  function operation(f: string, key: string, due: number, value: unknown, process: number, node: string) {
    const broken = due >= outageFrom && due < outageTo;
    const needsKafka = f === "finish" || f === "convert";
    const luck = random();
    const failed = broken && luck < (needsKafka ? 0.85 : 0.18);
    const type = !failed ? "ok" : luck < 0.09 ? "info" : "fail";
    const calm = 0.004 + 0.012 * random() ** 3 + (f === "chunk" ? 0.006 : 0);
    const took = broken ? 0.2 + 1.8 * random() : due < outageTo + 2 && due >= outageTo ? calm * 6 : calm;
    const sent = due + 0.001;
    events.push({
      time: Math.round(sent * NS),
      type: "invoke",
      process,
      f,
      key,
      value: null,
      node,
      phase: phaseAt(sent),
      intended: Math.round(due * NS),
    });
    const end = sent + took;
    const outcome = type === "ok" ? { value } : { value: null, error: "503 Kafka is not available" };
    events.push({ time: Math.round(end * NS), type, process, f, key, ...outcome, node, phase: phaseAt(end) });
    return { end, type };
  }

  for (let n = 0; n < 315; n += 1) {
    const key = `01J${String(n).padStart(6, "0")}`;
    let process = processes++;
    let at = 5 + n / 5;
    let turn = n;
    /** Tries until it succeeds, on alternating instances; a new process after an `info`. */
    const untilOk = (f: string, value: unknown) => {
      for (;;) {
        turn += 1;
        const { end, type } = operation(f, key, at, value, process, `stt-${(turn % 2) + 1}`);
        at = end + (type === "ok" ? 0.02 : 0.5);
        if (type === "info") process = processes++;
        if (type === "ok") return;
      }
    };
    untilOk("start", { id: key, status: "RECORDING" });
    for (let seq = 0; seq < 2; seq += 1) untilOk("chunk", { seq });
    untilOk("finish", { status: "ENCODING" });
    at += 0.4;
    untilOk("status", { status: "ENCODED" });
    untilOk("convert", { status: "PROCESSING" });
    for (const status of ["PROCESSING", "SUMMARIZING", "COMPLETED"]) {
      at += 0.5 + random() * 0.5;
      if (at > outageFrom && at < outageTo) at = outageTo + random() * 2;
      untilOk("status", { status });
    }
    const reader = processes++;
    operation("result", key, 75 + n / 100, { id: key, status: "COMPLETED" }, reader, `stt-${(n % 2) + 1}`);
  }
  events.sort((a, b) => a.time - b.time);
  return events.map((event, index) => ({ index, ...event }));
}
