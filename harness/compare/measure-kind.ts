import type { Statistic } from "./window.ts";

/** How two values of a statistic are compared, and what people call the difference. */
export interface MeasureKind {
  /** `ratio`: B / A, so compared by logarithms. `points`: B - A, because a share of failures is mostly 0 and has no ratio. */
  readonly scale: "ratio" | "points";
  /** 1 where more is worse, -1 where more is better. */
  readonly worse: 1 | -1;
  readonly unit: "ms" | "/s" | "%";
  readonly more: string;
  readonly less: string;
}

const latency: MeasureKind = { scale: "ratio", worse: 1, unit: "ms", more: "slower", less: "faster" };

export const measureKinds: Readonly<Record<Statistic, MeasureKind>> = {
  "p(50)": latency,
  "p(95)": latency,
  "per second": { scale: "ratio", worse: -1, unit: "/s", more: "more", less: "fewer" },
  failed: { scale: "points", worse: 1, unit: "%", more: "more failures", less: "fewer failures" },
};

/** A value on the axis where differences are taken and up is worse. */
export function toCost({ scale, worse }: MeasureKind, value: number): number {
  return worse * (scale === "ratio" ? Math.log(value) : value);
}

/** A difference of costs as people read it: B / A, or B - A. */
export function fromCost({ scale, worse }: MeasureKind, difference: number): number {
  return scale === "ratio" ? Math.exp(worse * difference) : worse * difference;
}
