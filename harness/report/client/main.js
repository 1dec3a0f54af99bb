// Builds the charts, keeps their zoom and cursor together, and wires up the controls.

/** @import uPlot from "uplot" */
/** @import { Panel, TimelineData } from "../panel.ts" */
/** @import { ChartContext } from "./charts.js" */

import { clampRange, linesChart, rulerChart } from "./charts.js";
import { ganttChart, stripChart } from "./lanes.js";
import { key, laneValue, linesLegend, stripValue } from "./legend.js";
import { readTheme, writtenTime } from "./theme.js";

/** @type {TimelineData} */
const data = JSON.parse(document.getElementById("timeline-data")?.textContent ?? "{}");

/** What the reader chose: which kind, which lanes, which series. */
const choices = data.panels.map((panel) => ({
  group: 0,
  changedOnly: panel.kind === "lanes" && panel.lanes.some(({ changed }) => changed),
  shown: panel.kind === "lines" ? (panel.groups[0]?.series ?? []).map(({ hidden }) => hidden !== true) : [],
}));

const wholeRun = { min: data.from, max: data.from + data.buckets * data.step };
let zoom = wholeRun;
/** @type {uPlot[]} */
let charts = [];
/** @type {((index: number | null) => void)[]} */
let cursorListeners = [];
/** @type {number | null} */
let cursorIndex = null;

/** @param {{min: number, max: number}} range seconds */
function zoomTo(range) {
  for (const chart of charts) chart.setScale("x", range);
  zoom = range;
}

/** @param {number | null} index of a bucket */
function showCursor(index) {
  if (index === cursorIndex) return;
  cursorIndex = index;
  for (const listener of cursorListeners) listener(index);
}

/**
 * Moves the cursor of all charts, for the keyboard.
 * @param {number} index
 */
function moveCursor(index) {
  const bucket = Math.min(data.buckets - 1, Math.max(0, index));
  const at = data.from + (bucket + 0.5) * data.step;
  if (at < zoom.min || at > zoom.max) {
    const half = (zoom.max - zoom.min) / 2;
    zoomTo({ min: at - half, max: at + half });
  }
  for (const chart of charts) chart.setCursor({ left: chart.valToPos(at, "x"), top: 0 });
  showCursor(bucket);
}

/** @param {number} factor below 1 zooms in */
function zoomBy(factor) {
  const middle =
    cursorIndex === null ? (zoom.min + zoom.max) / 2 : data.from + (cursorIndex + 0.5) * data.step;
  const width = (zoom.max - zoom.min) * factor;
  const [min, max] = clampRange(data, middle - width / 2, middle + width / 2);
  zoomTo({ min, max });
}

/** Builds all charts anew: at the start, on another width, in another colour scheme. */
function build() {
  const ruler = document.getElementById("ruler");
  if (ruler === null) return;
  for (const chart of charts) chart.destroy();
  charts = [];
  cursorListeners = [];
  cursorIndex = null;
  const theme = readTheme();
  const context = {
    data,
    theme,
    width: ruler.clientWidth,
    onReset: () => zoomTo(wholeRun),
    onCursor: showCursor,
  };
  const rulerPlot = rulerChart(context, ruler);
  charts.push(rulerPlot);
  followCursor(rulerPlot);
  data.panels.forEach((panel, index) => {
    const target = element(`[data-panel="${index}"]`);
    charts.push(buildPanel(context, panel, index, target));
  });
  for (const chart of charts) {
    chart.hooks.setScale = [
      (plot, key) => {
        if (key === "x") zoom = { min: plot.scales.x?.min ?? zoom.min, max: plot.scales.x?.max ?? zoom.max };
      },
    ];
  }
  zoomTo(zoom);
}

/**
 * @param {ChartContext} context
 * @param {Panel} panel
 * @param {number} index
 * @param {HTMLElement} target
 */
function buildPanel(context, panel, index, target) {
  const { theme } = context;
  const legend = element(`[data-legend="${index}"]`);
  const choice = choices[index] ?? { group: 0, changedOnly: false, shown: [] };
  legend.replaceChildren();
  switch (panel.kind) {
    case "lines": {
      const chart = linesChart(context, panel, choice.group, choice.shown, target);
      linesLegend(chart, panel, choice, legend, theme, listen);
      return chart;
    }
    case "strip": {
      const { plot, texts } = stripChart(context, panel, target);
      legend.append(
        key("ok", theme.okCell),
        key("info (may have happened)", theme.info),
        key("fail", theme.fail),
      );
      listen((bucket) => {
        for (const [lane, text] of texts.entries()) text.textContent = stripValue(panel, lane, bucket);
      });
      return plot;
    }
    case "lanes": {
      const lanes = panel.lanes.filter(({ changed }) => changed || !choice.changedOnly);
      const { plot, texts } = ganttChart(context, panel, lanes, target);
      for (const { label, color, alarm } of Object.values(panel.names)) {
        legend.append(
          key(label, color === null ? theme.fail : theme.series(color), color === null && !alarm),
        );
      }
      listen((bucket) => {
        const at = bucket === null ? null : data.from + (bucket + 0.5) * data.step;
        for (const [lane, text] of texts.entries()) text.textContent = laneValue(panel, lanes[lane], at);
      });
      return plot;
    }
  }
}

/** @param {(bucket: number | null) => void} listener called now and on every move of the cursor */
function listen(listener) {
  listener(null);
  cursorListeners.push(listener);
}

/**
 * Time and phase of a bucket: `34.5 s · fault`.
 * @param {number} bucket
 */
function momentOf(bucket) {
  const at = data.from + bucket * data.step;
  const phase = data.phases.findLast(({ from }) => from <= at + data.step / 2)?.name ?? "";
  return `${writtenTime(at)} · ${phase}`;
}

/**
 * A small sign on the ruler says where the cursor is.
 * @param {uPlot} ruler
 */
function followCursor(ruler) {
  const sign = document.createElement("div");
  sign.className = "cursor-time";
  ruler.over.append(sign);
  listen((bucket) => {
    sign.hidden = bucket === null;
    if (bucket === null) return;
    sign.textContent = momentOf(bucket);
    const left = ruler.valToPos(data.from + (bucket + 0.5) * data.step, "x");
    const most = ruler.over.clientWidth - sign.offsetWidth;
    sign.style.left = `${Math.max(0, Math.min(most, left - sign.offsetWidth / 2))}px`;
  });
}

/**
 * @param {string} selector of an element that the page always has
 * @returns {HTMLElement}
 */
function element(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const pace = event.shiftKey ? 10 : 1;
  const from = cursorIndex ?? Math.floor((zoom.min - data.from) / data.step);
  /** @type {Record<string, () => void>} */
  const actions = {
    ArrowRight: () => moveCursor(from + pace),
    ArrowLeft: () => moveCursor(from - pace),
    Home: () => moveCursor(0),
    End: () => moveCursor(data.buckets - 1),
    "+": () => zoomBy(0.5),
    "=": () => zoomBy(0.5),
    "-": () => zoomBy(2),
    0: () => zoomTo(wholeRun),
    Escape: () => zoomTo(wholeRun),
  };
  const action = actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
  announce(event.currentTarget);
}

/**
 * Says the values at the cursor to screen readers; only for the keyboard, a mouse would flood them.
 * @param {EventTarget | null} target the chart in focus
 */
function announce(target) {
  if (!(target instanceof HTMLElement)) return;
  const index = Number(target.dataset.panel);
  const values = [
    ...element(`[data-legend="${index}"]`).querySelectorAll("button"),
    ...target.querySelectorAll(".lane-label"),
  ].map((item) => item.textContent);
  element("#announcer").textContent = `${momentOf(cursorIndex ?? 0)}: ${values.join(", ")}`;
}

/**
 * Copies a text; where the browser denies the clipboard to local files, selects it for the reader instead.
 * @param {HTMLButtonElement} button
 */
async function copy(button) {
  const text = button.dataset.copy ?? "";
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const code = button.previousElementSibling;
    if (code !== null) getSelection()?.selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2_000);
}

/** Wires up everything that is built once. */
function start() {
  document.documentElement.classList.add("scripted");
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (button instanceof HTMLButtonElement) button.addEventListener("click", () => copy(button));
  }
  if (data.panels.length === 0) return;
  for (const button of document.querySelectorAll("button[data-zoom]")) {
    const fault = data.faults[Number(button.getAttribute("data-zoom"))];
    button.addEventListener("click", () => zoomTo(fault === undefined ? wholeRun : around(fault)));
  }
  const faultList = document.querySelector("#zoom-to-fault");
  if (faultList instanceof HTMLSelectElement) {
    faultList.addEventListener("change", () => {
      const fault = faultList.value === "" ? undefined : data.faults[Number(faultList.value)];
      zoomTo(fault === undefined ? wholeRun : around(fault));
    });
  }
  for (const select of document.querySelectorAll("select[data-group]")) {
    if (!(select instanceof HTMLSelectElement)) continue;
    const choice = choices[Number(select.dataset.group)];
    select.addEventListener("change", () => {
      if (choice !== undefined) choice.group = Number(select.value);
      build();
    });
  }
  for (const box of document.querySelectorAll("input[data-lanes]")) {
    if (!(box instanceof HTMLInputElement)) continue;
    const choice = choices[Number(box.dataset.lanes)];
    box.addEventListener("change", () => {
      if (choice !== undefined) choice.changedOnly = box.checked;
      build();
    });
  }
  for (const plot of document.querySelectorAll("[data-panel]")) {
    if (plot instanceof HTMLElement) plot.addEventListener("keydown", onKey);
  }
  build();
  rebuildWhenNeeded();
}

/** @param {TimelineData["faults"][number]} fault */
function around(fault) {
  const to = Math.max(fault.to, fault.recovered ?? fault.to);
  const margin = Math.max(4 * data.step, (to - fault.from) * 0.4);
  const [min, max] = clampRange(data, fault.from - margin, to + margin);
  return { min, max };
}

function rebuildWhenNeeded() {
  const ruler = element("#ruler");
  let width = ruler.clientWidth;
  new ResizeObserver(() => {
    if (ruler.clientWidth === width) return;
    width = ruler.clientWidth;
    build();
  }).observe(ruler);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.print = "";
    build();
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.print;
    build();
  });
}

start();
