// One uPlot a panel, all with the same horizontal axis and a shared cursor.

/** Width of the vertical axis, the same in all charts so that their time axes line up. CSS pixels. */
const gutter = { wide: 56, narrow: 44 };
const laneHeight = { label: 15, strip: 24, bar: 17, gap: 5 };

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
function commonOptions({ data, theme, width, onReset, onCursor }, height) {
  return {
    width,
    height,
    padding: [2, 16, 2, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: true },
      sync: { key: "run", scales: ["x", null] },
      bind: { dblclick: () => () => (onReset(), null) },
    },
    scales: { x: { time: false, range: (_, min, max) => clampRange(data, min, max) } },
    series: [{}],
    axes: [
      {
        size: 4,
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
 * Keeps a zoom within the run and at least two buckets wide.
 * @param {TimelineData} data
 * @param {number | null} min
 * @param {number | null} max
 * @returns {[number, number]}
 */
function clampRange(data, min, max) {
  const end = data.from + data.buckets * data.step;
  const width = Math.max(2 * data.step, Math.min((max ?? end) - (min ?? data.from), end - data.from));
  const from = Math.min(Math.max(min ?? data.from, data.from), Math.max(data.from, end - width));
  return [from, Math.min(end, from + width)];
}

/**
 * The middle of each bucket, seconds.
 * @param {TimelineData} data
 */
function bucketMiddles(data) {
  return Array.from({ length: data.buckets }, (_, bucket) => data.from + (bucket + 0.5) * data.step);
}

/** @param {number} width */
function gutterFor(width) {
  return width < 560 ? gutter.narrow : gutter.wide;
}

/**
 * @param {ChartContext} context
 * @param {HTMLElement} target
 */
function rulerChart(context, target) {
  const { data, theme, width } = context;
  const axisSize = 22;
  const options = commonOptions(context, rulerHeight(data) + axisSize + 4);
  options.axes = [
    {
      size: axisSize,
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
 * @param {Extract<Panel, {kind: "lines"}>} panel
 * @param {number} group
 * @param {readonly boolean[]} shown whether each series is drawn
 * @param {HTMLElement} target
 */
function linesChart(context, panel, group, shown, target) {
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
 * @param {Extract<Panel, {kind: "strip"}>} panel
 * @param {HTMLElement} target
 */
function stripChart(context, panel, target) {
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
 * @param {Extract<Panel, {kind: "lanes"}>} panel
 * @param {Extract<Panel, {kind: "lanes"}>["lanes"]} lanes the lanes to show
 * @param {HTMLElement} target
 */
function ganttChart(context, panel, lanes, target) {
  const { theme } = context;
  const labels = lanes.map(({ label }) => label);
  return lanesChart(
    context,
    labels,
    laneHeight.bar,
    (plot, lane, top, height) => {
      for (const { from, to, value } of lanes[lane]?.spans ?? []) {
        const name = panel.names[String(value)];
        const left = Math.max(plot.bbox.left, Math.round(plot.valToPos(from, "x", true)));
        const right = Math.min(plot.bbox.left + plot.bbox.width, Math.round(plot.valToPos(to, "x", true)));
        if (name === undefined || right <= left) continue;
        const box = { left, top, width: Math.max(1, right - left - devicePixelRatio), height };
        drawSpan(plot.ctx, theme, name, box);
      }
    },
    target,
  );
}

/**
 * One stretch of a lane, named inside where it fits; "nobody" is an empty box with a red border.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Theme} theme
 * @param {{label: string, short: string, color: number | null}} name
 * @param {uPlot.BBox} box
 */
function drawSpan(ctx, theme, name, box) {
  const { left, top, width, height } = box;
  if (name.color === null) {
    ctx.fillStyle = theme.panel;
    ctx.fillRect(left, top, width, height);
    ctx.strokeStyle = theme.fail;
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  } else {
    ctx.fillStyle = theme.series(name.color);
    ctx.fillRect(left, top, width, height);
  }
  ctx.textBaseline = "middle";
  const color = name.color === null ? theme.fail : theme.onColor;
  const middle = top + height / 2 + devicePixelRatio * 0.5;
  const right = left + width;
  if (!textWithin(ctx, name.label, left, right, middle, color, theme.fontBold)) {
    textWithin(ctx, name.short, left, right, middle, color, theme.fontBold);
  }
}
