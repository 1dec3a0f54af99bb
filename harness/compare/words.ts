import type { Change, ComparedMeasure } from "./comparison.ts";
import { type MeasureKind, measureKinds } from "./measure-kind.ts";
import type { Statistic } from "./window.ts";

/** `12 % slower`, `0.4 points more failures`, `the same`. */
export function changeInWords(kind: MeasureKind, change: number): string {
  const by = kind.scale === "ratio" ? change - 1 : change;
  const percent = `${formatPercent(Math.abs(by))}${kind.scale === "ratio" ? " %" : " points"}`;
  if (percent.startsWith("0 ")) return "the same";
  return `${percent} ${by > 0 ? kind.more : kind.less}`;
}

/** `3 % faster to 12 % slower`; of one direction `8 to 12 % slower`. */
export function rangeInWords(kind: MeasureKind, { low, high }: Change): string {
  if (low === null || high === null) return "anything";
  const [from, to] = [changeInWords(kind, low), changeInWords(kind, high)];
  if (from === to) return from;
  const direction = kind.scale === "ratio" ? 1 : 0;
  const oneWay = from !== "the same" && to !== "the same" && low > direction === high > direction;
  if (!oneWay) return `${from} to ${to}`;
  // The smaller change first, and the unit once.
  const [near, far] = low > direction ? [from, to] : [to, from];
  return `${near.split(" ")[0]} to ${far}`;
}

/** A value of a statistic in its unit: `212 ms`, `41.3/s`, `0.2 %`. */
export function formatMeasure(statistic: Statistic, value: number | null): string {
  if (value === null) return "–";
  const { unit } = measureKinds[statistic];
  if (unit === "%") return `${formatPercent(value)} %`;
  const digits = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return unit === "ms" ? `${digits} ms` : `${digits}${unit}`;
}

/** B against A: `1.21`, `+0.4 points`; and its interval: `1.12 to 1.30`. */
export function formatChange({ statistic, change }: ComparedMeasure): { estimate: string; interval: string } {
  if (change === null) return { estimate: "–", interval: "–" };
  const format = (value: number) => {
    if (measureKinds[statistic].scale === "ratio") return value.toFixed(2);
    const points = formatPercent(Math.abs(value));
    return `${points === "0" ? "" : value < 0 ? "-" : "+"}${points} points`;
  };
  const { estimate, low, high } = change;
  return {
    estimate: format(estimate),
    interval: low === null || high === null ? "–" : `${format(low)} to ${format(high)}`,
  };
}

/** A share in percent, to a tenth below ten. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  return percent >= 10 ? percent.toFixed(0) : String(Number(percent.toFixed(1)));
}
