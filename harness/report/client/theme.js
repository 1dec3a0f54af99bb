/** @import { Unit } from "../panel.ts" */

/** Colours of the style sheet, as they hold now (light, dark or print). */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const palette = Array.from({ length: 13 }, (_, index) => color(`--c${index}`));
  return {
    ink: color("--ink"),
    muted: color("--muted"),
    line: color("--line"),
    grid: color("--grid"),
    tint: color("--tint"),
    panel: color("--panel"),
    onColor: color("--on-color"),
    ok: color("--c10"),
    okCell: color("--ok-cell"),
    fail: color("--c11"),
    info: color("--c12"),
    none: color("--none"),
    fault: color("--fault"),
    faultBand: color("--fault-band"),
    font: `11px ${color("--font")}`,
    fontBold: `600 11px ${color("--font")}`,
    /** @param {number} index */
    series: (index) => palette[index] ?? color("--ink"),
  };
}

/** @typedef {ReturnType<typeof readTheme>} Theme */

/** @param {number} value */
export function writtenNumber(value) {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

/**
 * A value in its unit.
 * @param {number | null | undefined} value
 * @param {Unit} unit
 */
export function writtenValue(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "ms" && value >= 10_000) return `${writtenNumber(value / 1_000)} s`;
  const suffix = { ms: " ms", MiB: " MiB", "/s": "/s", "%": "%", count: "" }[unit];
  return `${writtenNumber(value)}${suffix}`;
}

/**
 * A time on the axis: `41.5 s`, from ten minutes on `12:05`, from an hour on `1:02:05`.
 * @param {number} seconds
 */
export function writtenTime(seconds) {
  if (seconds < 600) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor((whole % 3_600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}
