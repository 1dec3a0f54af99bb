// What lies under and over every chart: fault bands, the moment of recovery, phase borders, and the ruler.

/** @import { TimelineData } from "../panel.ts" */
/** @import { Theme } from "./theme.js" */

import { writtenNumber } from "./theme.js";

/**
 * Marks where phases begin and shades each fault from injection to healing, under the data of a chart.
 * @param {uPlot} plot
 * @param {TimelineData} data
 * @param {Theme} theme
 */
export function drawBands(plot, data, theme) {
  const { ctx, bbox } = plot;
  clipTo(ctx, bbox);
  for (const phase of data.phases.slice(1)) {
    verticalLine(ctx, Math.round(plot.valToPos(phase.from, "x", true)), bbox, theme.line, []);
  }
  ctx.fillStyle = theme.faultBand;
  for (const fault of data.faults) {
    const from = plot.valToPos(fault.from, "x", true);
    ctx.fillRect(from, bbox.top, plot.valToPos(fault.to, "x", true) - from, bbox.height);
  }
  ctx.restore();
}

/**
 * Marks where each fault was injected, healed and recovered from, over the data.
 * @param {uPlot} plot
 * @param {TimelineData} data
 * @param {Theme} theme
 */
export function drawMoments(plot, data, theme) {
  const { ctx, bbox } = plot;
  const x = (/** @type {number} */ seconds) => Math.round(plot.valToPos(seconds, "x", true));
  clipTo(ctx, bbox);
  for (const fault of data.faults) {
    const [from, to] = [x(fault.from), x(fault.to)];
    verticalLine(ctx, from, bbox, theme.fault, []);
    // From afar, several lines a fault would hide the data.
    if (to - from < 6 * devicePixelRatio) continue;
    verticalLine(ctx, to, bbox, theme.fault, [2, 3]);
    if (fault.recovered !== null) verticalLine(ctx, x(fault.recovered), bbox, theme.ok, [6, 3]);
  }
  ctx.restore();
}

/**
 * Saves the context and keeps what follows inside a box, until `restore`.
 * @param {CanvasRenderingContext2D} ctx
 * @param {uPlot.BBox} bbox
 */
export function clipTo(ctx, bbox) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {uPlot.BBox} bbox
 * @param {string} color
 * @param {number[]} dash CSS pixels
 */
function verticalLine(ctx, x, bbox, color, dash) {
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x + 0.5, bbox.top);
  ctx.lineTo(x + 0.5, bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Heights of the ruler's rows, CSS pixels. */
const rulerRow = { phases: 22, fault: 20, recovered: 17 };

/**
 * Rows so that faults that overlap in time do not overlap on the ruler.
 * @param {TimelineData["faults"]} faults
 * @returns {number[]} the row of each fault
 */
function faultRows(faults) {
  /** @type {number[]} */
  const ends = [];
  return faults.map(({ from, to, recovered }) => {
    const free = ends.findIndex((end) => end <= from);
    const row = free === -1 ? ends.length : free;
    ends[row] = Math.max(to, recovered ?? to);
    return row;
  });
}

/** @param {TimelineData} data */
export function rulerHeight(data) {
  const rows = Math.max(0, ...faultRows(data.faults).map((row) => row + 1));
  return rulerRow.phases + rows * (rulerRow.fault + rulerRow.recovered);
}

/**
 * Phases by name, and below them a bar a fault with its recovery.
 * @param {uPlot} plot
 * @param {TimelineData} data
 * @param {Theme} theme
 */
export function drawRuler(plot, data, theme) {
  const { ctx, bbox } = plot;
  const dpr = devicePixelRatio;
  const x = (/** @type {number} */ seconds) => plot.valToPos(seconds, "x", true);
  const left = bbox.left;
  const right = bbox.left + bbox.width;
  clipTo(ctx, bbox);
  ctx.textBaseline = "middle";

  data.phases.forEach((phase, index) => {
    const from = Math.max(left, x(phase.from));
    const to = Math.min(right, x(phase.to));
    if (to <= from) return;
    ctx.fillStyle = index % 2 === 0 ? theme.tint : theme.grid;
    ctx.fillRect(from, bbox.top, to - from - dpr, (rulerRow.phases - 4) * dpr);
    textWithin(
      ctx,
      phase.name,
      from,
      to,
      bbox.top + ((rulerRow.phases - 4) / 2) * dpr,
      theme.ink,
      theme.font,
    );
  });

  const rows = faultRows(data.faults);
  data.faults.forEach((fault, index) => {
    const row = rows[index] ?? 0;
    const next = data.faults[rows.indexOf(row, index + 1)];
    const limit = next === undefined ? right : Math.min(right, x(next.from));
    drawFaultBar(ctx, fault, { x, left, limit, right, top: bbox.top + rowTop(row) * dpr }, theme);
  });
  ctx.restore();
}

/** @param {number} row of faults; CSS pixels from the top of the ruler */
function rowTop(row) {
  return rulerRow.phases + row * (rulerRow.fault + rulerRow.recovered);
}

/**
 * A fault's bar with its name, and below it the moment of recovery; names only where there is room.
 * @param {CanvasRenderingContext2D} ctx
 * @param {TimelineData["faults"][number]} fault
 * @param {{x: (seconds: number) => number, left: number, limit: number, right: number, top: number}} place canvas pixels;
 *   `limit` is where the next fault of the row begins; the last of a row may be named on its left
 * @param {Theme} theme
 */
function drawFaultBar(ctx, fault, { x, left, limit, right, top }, theme) {
  const last = limit === right;
  const dpr = devicePixelRatio;
  const from = Math.max(left, x(fault.from));
  const to = Math.max(from + 3 * dpr, Math.min(limit, x(fault.to)));
  if (x(fault.to) >= left && x(fault.from) <= limit) {
    ctx.fillStyle = theme.fault;
    ctx.fillRect(from, top, to - from, (rulerRow.fault - 2) * dpr);
    const middle = top + ((rulerRow.fault - 2) / 2) * dpr;
    if (!textWithin(ctx, fault.label, from, to, middle, theme.onColor, theme.fontBold)) {
      textBeside(ctx, fault.label, { before: last ? from : left, after: to, left, limit }, middle, theme);
    }
  }
  if (fault.recovered === null) return;
  const at = Math.round(x(fault.recovered));
  const below = top + rulerRow.fault * dpr;
  const height = (rulerRow.recovered - 3) * dpr;
  verticalLine(ctx, at, { left, top: below, width: limit - left, height }, theme.ok, []);
  const text = `✓ recovered after ${writtenNumber(fault.recovered - fault.from)} s`;
  textBeside(ctx, text, { before: last ? at : left, after: at, left, limit }, below + height / 2, theme);
}

/**
 * Writes a text inside a box, if it fits.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} from @param {number} to @param {number} middle canvas pixels
 * @param {string} color @param {string} font
 */
export function textWithin(ctx, text, from, to, middle, color, font) {
  ctx.font = scaledFont(font);
  ctx.fillStyle = color;
  ctx.textAlign = "left";
  const pad = 5 * devicePixelRatio;
  if (ctx.measureText(text).width + 2 * pad > to - from) return false;
  ctx.fillText(text, from + pad, middle);
  return true;
}

/**
 * Writes a text right of `after` if it fits before `limit`; else left of `before` if it fits after `left`;
 * else not at all.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {{before: number, after: number, left: number, limit: number}} room canvas pixels
 * @param {number} middle canvas pixels
 * @param {Theme} theme
 */
function textBeside(ctx, text, { before, after, left, limit }, middle, theme) {
  ctx.font = scaledFont(theme.font);
  ctx.fillStyle = theme.ink;
  const pad = 5 * devicePixelRatio;
  const width = ctx.measureText(text).width + pad;
  if (after + width <= limit) {
    ctx.textAlign = "left";
    ctx.fillText(text, after + pad, middle);
  } else if (before - width >= left) {
    ctx.textAlign = "right";
    ctx.fillText(text, before - pad, middle);
  }
}

/**
 * A CSS font at the canvas's resolution.
 * @param {string} font
 */
function scaledFont(font) {
  return font.replace(/(\d+)px/, (_, size) => `${Number(size) * devicePixelRatio}px`);
}
