// One uPlot a panel, all with the same horizontal axis and a shared cursor.

/** @import { LinesPanel, TimelineData, Unit } from "../panel.ts" */
/** @import { Theme } from "./theme.js" */

import uPlot from "uplot";
import { drawBands, drawMoments, drawRuler, rulerHeight } from "./overlay.js";
import { writtenNumber, writtenTime, writtenValue } from "./theme.js";

/** Width of the vertical axis, the same in all charts so that their time axes line up. CSS pixels. */
const gutter = { wide: 56, narrow: 44 };

/** Steps of the time axis that people can read, seconds. */
const timeSteps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200,
  86_400, 604_800,
];

/**
 * @typedef {object} ChartContext
 * @property {TimelineData} data
 * @property {Theme} theme
 * @property {number} width CSS pixels
 * @property {() => void} onReset
 * @property {(index: number | null) => void} onCursor
 */

/**
 * Options that all charts share.
 * @param {ChartContext} context
 * @param {number} height of the plotting area, CSS pixels
 * @returns {uPlot.Options}
 */
export function commonOptions({ data, theme, width, onReset, onCursor }, height) {
  return {
    width,
    height,
    padding: [7, 24, 2, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: true },
      sync: { key: "run", scales: ["x", null] },
      bind: { dblclick: () => () => resetBy(onReset) },
    },
    scales: { x: { time: false, range: (_, min, max) => clampRange(data, min, max) } },
    series: [{}],
    axes: [
      {
        size: 4,
        incrs: timeSteps,
        values: () => [],
        stroke: theme.muted,
        grid: { stroke: theme.grid, width: 1 },
        ticks: { show: false },
      },
    ],
    hooks: {
      drawAxes: [(plot) => drawBands(plot, data, theme)],
      draw: [(plot) => drawMoments(plot, data, theme)],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
    },
  };
}

/**
 * uPlot wants null from a mouse handler.
 * @param {() => void} onReset
 */
function resetBy(onReset) {
  onReset();
  return null;
}

/**
 * Keeps a zoom within the run and at least two buckets wide.
 * @param {TimelineData} data
 * @param {number | null} min
 * @param {number | null} max
 * @returns {[number, number]}
 */
export function clampRange(data, min, max) {
  const end = data.from + data.buckets * data.step;
  const width = Math.max(2 * data.step, Math.min((max ?? end) - (min ?? data.from), end - data.from));
  const from = Math.min(Math.max(min ?? data.from, data.from), Math.max(data.from, end - width));
  return [from, Math.min(end, from + width)];
}

/**
 * The middle of each bucket, seconds.
 * @param {TimelineData} data
 */
export function bucketMiddles(data) {
  return Array.from({ length: data.buckets }, (_, bucket) => data.from + (bucket + 0.5) * data.step);
}

/** @param {number} width */
export function gutterFor(width) {
  return width < 560 ? gutter.narrow : gutter.wide;
}

/**
 * @param {ChartContext} context
 * @param {HTMLElement} target
 */
export function rulerChart(context, target) {
  const { data, theme, width } = context;
  const axisSize = 22;
  const options = commonOptions(context, rulerHeight(data) + axisSize + 4);
  options.axes = [
    {
      size: axisSize,
      incrs: timeSteps,
      font: theme.font,
      stroke: theme.muted,
      grid: { show: false },
      ticks: { stroke: theme.line, size: 4, width: 1 },
      gap: 2,
      values: (_, splits) => splits.map(writtenTime),
    },
    { scale: "y", size: gutterFor(width), values: () => [], grid: { show: false }, ticks: { show: false } },
  ];
  options.scales = { ...options.scales, y: { range: [0, 1] } };
  options.series = [{}, { show: true, paths: () => null, points: { show: false } }];
  options.hooks = { ...options.hooks, drawAxes: [], draw: [(plot) => drawRuler(plot, data, theme)] };
  return new uPlot(options, [bucketMiddles(data), bucketMiddles(data).map(() => null)], target);
}

/**
 * @param {ChartContext} context
 * @param {LinesPanel} panel
 * @param {number} group
 * @param {readonly boolean[]} shown whether each series is drawn
 * @param {HTMLElement} target
 */
export function linesChart(context, panel, group, shown, target) {
  const { theme, width, data } = context;
  const series = panel.groups[group]?.series ?? [];
  const options = commonOptions(context, panel.short === true ? 84 : width < 560 ? 130 : 150);
  options.scales = {
    ...options.scales,
    y: panel.log === true ? { distr: 3, range: logRange } : { range: linearRange },
  };
  options.axes = [
    ...(options.axes ?? []),
    {
      scale: "y",
      size: gutterFor(width),
      font: theme.font,
      stroke: theme.muted,
      gap: 3,
      space: panel.short === true ? 16 : 26,
      grid: { stroke: theme.grid, width: 1 },
      ticks: { show: false },
      values: (_, splits) => splits.map((value) => (value === null ? "" : axisValue(value, panel.unit))),
    },
  ];
  options.series = [
    {},
    ...series.map((one, index) => {
      const stroke = theme.series(one.color);
      return {
        label: one.label,
        show: shown[index] ?? true,
        stroke,
        width: 1.6,
        points: { show: true, size: 4, width: 0, fill: stroke, filter: lonePoints(one.values) },
        ...(one.dashed === true ? { dash: [5, 3] } : {}),
        ...(one.area === true ? { fill: `${stroke}26` } : {}),
        ...(panel.stepped === true && uPlot.paths.stepped
          ? { paths: uPlot.paths.stepped({ align: 1 }) }
          : {}),
      };
    }),
  ];
  const values = series.map((one) => [...one.values]);
  return new uPlot(options, [bucketMiddles(data), ...values], target);
}

/**
 * A value between two gaps has no line to show it: it gets a point.
 * @param {readonly (number | null)[]} values
 * @returns {uPlot.Series.Points.Filter}
 */
function lonePoints(values) {
  const missing = (/** @type {number} */ index) => (values[index] ?? null) === null;
  const lone = values.flatMap((_, i) => (!missing(i) && missing(i - 1) && missing(i + 1) ? [i] : []));
  return () => lone;
}

/**
 * @param {uPlot} _plot
 * @param {number | null} min
 * @param {number | null} max
 * @returns {[number, number]}
 */
function logRange(_plot, min, max) {
  if (min === null || max === null || max <= 0) return [1, 10];
  return [min * 0.8, Math.max(max * 1.25, min * 10)];
}

/**
 * @param {uPlot} _plot
 * @param {number | null} _min
 * @param {number | null} max
 * @returns {[number, number]}
 */
function linearRange(_plot, _min, max) {
  return [0, max === null || max <= 0 ? 1 : max * 1.12];
}

/**
 * @param {number} value
 * @param {Unit} unit
 */
function axisValue(value, unit) {
  if (unit === "ms" && value >= 1_000) return `${writtenNumber(value / 1_000)} s`;
  if (unit === "MiB" && value >= 1_024) return `${writtenNumber(value / 1_024)} G`;
  return unit === "MiB" ? `${writtenNumber(value)} M` : writtenValue(value, unit);
}
