// What lies under and over every chart: fault bands, the moment of recovery, phase borders, and the ruler.

/**
 * Marks where phases begin and shades each fault from injection to healing, under the data of a chart.
 * @param {uPlot} plot
 * @param {TimelineData} data
 * @param {Theme} theme
 */
function drawBands(plot, data, theme) {
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
function drawMoments(plot, data, theme) {
  const { ctx, bbox } = plot;
  const x = (/** @type {number} */ seconds) => Math.round(plot.valToPos(seconds, "x", true));
  clipTo(ctx, bbox);
  for (const fault of data.faults) {
    verticalLine(ctx, x(fault.from), bbox, theme.fault, []);
    verticalLine(ctx, x(fault.to), bbox, theme.fault, [2, 3]);
    if (fault.recovered !== null) verticalLine(ctx, x(fault.recovered), bbox, theme.ok, [6, 3]);
  }
  ctx.restore();
}

/**
 * Saves the context and keeps what follows inside a box, until `restore`.
 * @param {CanvasRenderingContext2D} ctx
 * @param {uPlot.BBox} bbox
 */
function clipTo(ctx, bbox) {
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
function rulerHeight(data) {
  const rows = Math.max(0, ...faultRows(data.faults).map((row) => row + 1));
  return rulerRow.phases + rows * (rulerRow.fault + rulerRow.recovered);
}

/**
 * Phases by name, and below them a bar a fault with its recovery.
 * @param {uPlot} plot
 * @param {TimelineData} data
 * @param {Theme} theme
 */
function drawRuler(plot, data, theme) {
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
    const top =
      bbox.top + (rulerRow.phases + (rows[index] ?? 0) * (rulerRow.fault + rulerRow.recovered)) * dpr;
    const from = Math.max(left, x(fault.from));
    const to = Math.max(from + 3 * dpr, Math.min(right, x(fault.to)));
    if (x(fault.to) >= left && x(fault.from) <= right) {
      ctx.fillStyle = theme.fault;
      ctx.fillRect(from, top, to - from, (rulerRow.fault - 2) * dpr);
      const middle = top + ((rulerRow.fault - 2) / 2) * dpr;
      if (!textWithin(ctx, fault.label, from, to, middle, theme.onColor, theme.fontBold)) {
        textBeside(ctx, fault.label, to, right, from, middle, theme.ink, theme.font);
      }
    }
    if (fault.recovered === null) return;
    const at = x(fault.recovered);
    const below = top + rulerRow.fault * dpr;
    const row = { left, top: below, width: bbox.width, height: (rulerRow.recovered - 3) * dpr };
    verticalLine(ctx, Math.round(at), row, theme.ok, []);
    const text = `✓ recovered after ${writtenNumber(fault.recovered - fault.from)} s`;
    textBeside(ctx, text, at, right, at, below + ((rulerRow.recovered - 3) / 2) * dpr, theme.ink, theme.font);
  });
  ctx.restore();
}

/**
 * Writes a text inside a box, if it fits.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} from @param {number} to @param {number} middle canvas pixels
 * @param {string} color @param {string} font
 */
function textWithin(ctx, text, from, to, middle, color, font) {
  ctx.font = scaledFont(font);
  ctx.fillStyle = color;
  ctx.textAlign = "left";
  const pad = 5 * devicePixelRatio;
  if (ctx.measureText(text).width + 2 * pad > to - from) return false;
  ctx.fillText(text, from + pad, middle);
  return true;
}

/**
 * Writes a text right of `after`, or left of `before` where it would not fit.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} after @param {number} limit @param {number} before @param {number} middle canvas pixels
 * @param {string} color @param {string} font
 */
function textBeside(ctx, text, after, limit, before, middle, color, font) {
  ctx.font = scaledFont(font);
  ctx.fillStyle = color;
  const pad = 5 * devicePixelRatio;
  const fits = after + pad + ctx.measureText(text).width <= limit;
  ctx.textAlign = fits ? "left" : "right";
  ctx.fillText(text, fits ? after + pad : before - pad, middle);
}

/**
 * A CSS font at the canvas's resolution.
 * @param {string} font
 */
function scaledFont(font) {
  return font.replace(/(\d+)px/, (_, size) => `${Number(size) * devicePixelRatio}px`);
}
