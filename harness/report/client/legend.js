// Legends: what the colours mean, and the values at the cursor.

/** @import uPlot from "uplot" */
/** @import { LanesPanel, LinesPanel, StripPanel } from "../panel.ts" */
/** @import { Theme } from "./theme.js" */

import { writtenValue } from "./theme.js";

/**
 * A button a series: its colour, name and value at the cursor; pressing it shows or hides the line.
 * @param {uPlot} chart
 * @param {LinesPanel} panel
 * @param {{group: number, shown: boolean[]}} choice
 * @param {HTMLElement} legend
 * @param {Theme} theme
 * @param {(listener: (bucket: number | null) => void) => void} listen
 */
export function linesLegend(chart, panel, choice, legend, theme, listen) {
  const series = panel.groups[choice.group]?.series ?? [];
  series.forEach((one, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(choice.shown[index] ?? true));
    const value = document.createElement("b");
    const name = document.createElement("span");
    name.textContent = one.label;
    button.append(swatch(theme.series(one.color), one.dashed === true), name, value);
    button.addEventListener("click", () => {
      const show = !(choice.shown[index] ?? true);
      choice.shown[index] = show;
      button.setAttribute("aria-pressed", String(show));
      chart.setSeries(index + 1, { show });
    });
    legend.append(button);
    listen((bucket) => {
      value.textContent = bucket === null ? "" : ` ${writtenValue(one.values[bucket], panel.unit)}`;
    });
  });
}

/**
 * The share that ended ok in a bucket; of the whole run for no bucket.
 * @param {StripPanel} panel
 * @param {number} lane
 * @param {number | null} bucket
 */
export function stripValue(panel, lane, bucket) {
  const counts = panel.lanes[lane];
  if (counts === undefined) return "";
  const sum = (/** @type {readonly number[]} */ values) =>
    bucket === null ? values.reduce((total, value) => total + value, 0) : (values[bucket] ?? 0);
  const ok = sum(counts.ok);
  const all = ok + sum(counts.info) + sum(counts.fail);
  if (all === 0) return "none due";
  return `${(Math.floor((ok / all) * 1_000) / 10).toFixed(1)}% (${ok.toLocaleString("en")} of ${all.toLocaleString("en")} ok)`;
}

/**
 * Who held a lane at a time.
 * @param {LanesPanel} panel
 * @param {LanesPanel["lanes"][number] | undefined} lane
 * @param {number | null} at seconds
 */
export function laneValue(panel, lane, at) {
  if (at === null) return "";
  const span = lane?.spans.find(({ from, to }) => from <= at && at < to);
  return span === undefined ? "–" : (span.text ?? panel.names[String(span.value)]?.label ?? "");
}

/**
 * A line of a legend that only explains a colour.
 * @param {string} text
 * @param {string} color
 * @param {boolean} hollow
 */
export function key(text, color, hollow = false) {
  const item = document.createElement("span");
  const sign = swatch(color, false);
  sign.classList.add(hollow ? "hollow" : "box");
  item.append(sign, text);
  return item;
}

/**
 * @param {string} color
 * @param {boolean} dashed
 */
function swatch(color, dashed) {
  const sign = document.createElement("i");
  sign.setAttribute("aria-hidden", "true");
  sign.style.setProperty("--swatch", color);
  if (dashed) sign.classList.add("dashed");
  return sign;
}
