// Charts of lanes under the shared axis: the availability strip, and who held what as a Gantt chart.

/** @import { LaneName, LanesPanel, StripPanel } from "../panel.ts" */
/** @import { ChartContext } from "./charts.js" */
/** @import { Theme } from "./theme.js" */

import uPlot from "uplot";
import { bucketMiddles, commonOptions, gutterFor } from "./charts.js";
import { clipTo, textWithin } from "./overlay.js";

/** CSS pixels. */
const laneHeight = { label: 15, strip: 24, bar: 17, gap: 5 };

/**
 * A chart of lanes: no vertical axis, each lane drawn by `drawLane` under its own label.
 * @param {ChartContext} context
 * @param {readonly string[]} labels
 * @param {number} barHeight CSS pixels
 * @param {(plot: uPlot, lane: number, top: number, height: number) => void} drawLane canvas pixels
 * @param {HTMLElement} target
 */
function lanesChart(context, labels, barHeight, drawLane, target) {
  const { width, data } = context;
  const pitch = laneHeight.label + barHeight + laneHeight.gap;
  const options = commonOptions(context, Math.max(1, labels.length) * pitch + 8);
  options.axes = [
    ...(options.axes ?? []),
    { scale: "y", size: gutterFor(width), values: () => [], grid: { show: false }, ticks: { show: false } },
  ];
  options.scales = { ...options.scales, y: { range: [0, 1] } };
  options.series = [{}, { paths: () => null, points: { show: false } }];
  const draw = (/** @type {uPlot} */ plot) => {
    const { ctx, bbox } = plot;
    clipTo(ctx, bbox);
    labels.forEach((_, lane) => {
      const top = bbox.top + (lane * pitch + laneHeight.label) * devicePixelRatio;
      drawLane(plot, lane, Math.round(top), Math.round(barHeight * devicePixelRatio));
    });
    ctx.restore();
  };
  options.hooks = { ...options.hooks, draw: [draw, ...(options.hooks?.draw ?? [])] };
  const middles = bucketMiddles(data);
  const plot = new uPlot(options, [middles, middles.map(() => null)], target);
  const texts = labels.map((label, lane) => {
    const element = document.createElement("div");
    element.className = "lane-label";
    element.style.top = `${lane * pitch}px`;
    const value = document.createElement("b");
    element.append(`${label} `, value);
    plot.over.append(element);
    return value;
  });
  return { plot, texts };
}

/**
 * @param {ChartContext} context
 * @param {StripPanel} panel
 * @param {HTMLElement} target
 */
export function stripChart(context, panel, target) {
  const { data, theme } = context;
  const labels = panel.lanes.map(({ label }) => label);
  return lanesChart(
    context,
    labels,
    laneHeight.strip,
    (plot, lane, top, height) => {
      const counts = panel.lanes[lane];
      if (counts === undefined) return;
      for (let bucket = 0; bucket < data.buckets; bucket += 1) {
        const from = Math.round(plot.valToPos(data.from + bucket * data.step, "x", true));
        const to = Math.round(plot.valToPos(data.from + (bucket + 1) * data.step, "x", true));
        const gap = to - from > 4 * devicePixelRatio ? devicePixelRatio : 0;
        const shares = {
          ok: counts.ok[bucket] ?? 0,
          info: counts.info[bucket] ?? 0,
          fail: counts.fail[bucket] ?? 0,
        };
        drawCell(plot.ctx, theme, shares, { left: from, top, width: Math.max(1, to - from - gap), height });
      }
    },
    target,
  );
}

/**
 * One cell, filled from the bottom: ok, then info, then fail. Trouble is never thinner than three pixels.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Theme} theme
 * @param {{ok: number, info: number, fail: number}} shares
 * @param {uPlot.BBox} cell
 */
function drawCell(ctx, theme, shares, cell) {
  const all = shares.ok + shares.info + shares.fail;
  if (all === 0) {
    ctx.fillStyle = theme.none;
    ctx.fillRect(cell.left, cell.top + cell.height - devicePixelRatio, cell.width, devicePixelRatio);
    return;
  }
  const least = 3 * devicePixelRatio;
  const heightOf = (/** @type {number} */ count) =>
    count === 0 ? 0 : Math.max(least, Math.round((count / all) * cell.height));
  const fail = heightOf(shares.fail);
  const info = Math.min(heightOf(shares.info), cell.height - fail);
  ctx.fillStyle = theme.fail;
  ctx.fillRect(cell.left, cell.top, cell.width, fail);
  ctx.fillStyle = theme.info;
  ctx.fillRect(cell.left, cell.top + fail, cell.width, info);
  ctx.fillStyle = theme.okCell;
  ctx.fillRect(cell.left, cell.top + fail + info, cell.width, cell.height - fail - info);
}

/**
 * @param {ChartContext} context
 * @param {LanesPanel} panel
 * @param {LanesPanel["lanes"]} lanes the lanes to show
 * @param {HTMLElement} target
 */
export function ganttChart(context, panel, lanes, target) {
  const { theme } = context;
  const labels = lanes.map(({ label }) => label);
  return lanesChart(
    context,
    labels,
    laneHeight.bar,
    (plot, lane, top, height) => {
      for (const { from, to, value, text, brief } of lanes[lane]?.spans ?? []) {
        const name = panel.names[String(value)];
        const left = Math.max(plot.bbox.left, Math.round(plot.valToPos(from, "x", true)));
        const right = Math.min(plot.bbox.left + plot.bbox.width, Math.round(plot.valToPos(to, "x", true)));
        if (name === undefined || right <= left) continue;
        const box = { left, top, width: Math.max(1, right - left - devicePixelRatio), height };
        drawSpan(plot.ctx, theme, name, [text ?? name.label, ...(brief ? [brief] : []), name.short], box);
      }
    },
    target,
  );
}

/**
 * One stretch of a lane, named inside where it fits; "nobody" is an empty box with a red border, an alarm a red one.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Theme} theme
 * @param {LaneName} name
 * @param {readonly string[]} texts the first one that fits is written
 * @param {uPlot.BBox} box
 */
function drawSpan(ctx, theme, name, texts, box) {
  const { left, top, width, height } = box;
  const hollow = name.color === null && !name.alarm;
  if (hollow) {
    ctx.fillStyle = theme.panel;
    ctx.fillRect(left, top, width, height);
    ctx.strokeStyle = theme.fail;
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  } else {
    ctx.fillStyle = name.color === null ? theme.fail : theme.series(name.color);
    ctx.fillRect(left, top, width, height);
  }
  ctx.textBaseline = "middle";
  const color = hollow ? theme.fail : theme.onColor;
  const middle = top + height / 2 + devicePixelRatio * 0.5;
  const right = left + width;
  texts.some((text) => textWithin(ctx, text, left, right, middle, color, theme.fontBold));
}
