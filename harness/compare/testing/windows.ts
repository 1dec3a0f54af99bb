import type { Measure, WindowStatistics } from "../window.ts";

/** A window that started in minute `minute`, with `http_req_duration` p(50) of `value` ms, or the measures given. */
export function windowOf(
  name: string,
  minute: number,
  measured: number | readonly Measure[],
): WindowStatistics {
  const measures: readonly Measure[] =
    typeof measured === "number"
      ? [{ metric: "http_req_duration", statistic: "p(50)", value: measured }]
      : measured;
  return { name, startedAt: minute * 60_000, durationMs: 50_000, measures };
}

/** Windows of two sides that took turns: A in even minutes, B in odd ones. */
export function turns<M extends number | readonly Measure[]>(a: readonly M[], b: readonly M[]) {
  return {
    a: { name: "a", windows: a.map((measured, at) => windowOf(`a${at + 1}`, 2 * at, measured)) },
    b: { name: "b", windows: b.map((measured, at) => windowOf(`b${at + 1}`, 2 * at + 1, measured)) },
  };
}
