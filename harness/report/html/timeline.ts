import { formatDuration } from "../../util/duration.ts";
import { formatValue } from "../format.ts";
import type { FaultBand, Fold, LanesPanel, LinesPanel, Panel, StripPanel, TimelineData } from "../panel.ts";
import { type Html, html } from "./html.ts";

/** Rows of a chart's table; the charts hold the detail. */
const tableRows = 24;

/** The signature view: a ruler with phases and faults, and every chart on the same axis. */
export function timelineSection(data: TimelineData): Html {
  if (data.panels.length === 0) {
    return html`<section id="timeline"><h2>Timeline</h2><p>Nothing was recorded: the run ended before the first operation and the first sample.</p></section>`;
  }
  const cell = formatDuration(data.step * 1_000);
  return html`<section id="timeline">
<h2>Timeline</h2>
<div class="toolbar js">
<button type="button" data-zoom="all">Whole run</button>${zoomControls(data.faults)}
<p class="hint">Each cell is ${cell}. Drag to zoom, double-click to reset. With a chart focused: <kbd>←</kbd> <kbd>→</kbd> move, <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>0</kbd> resets.</p>
</div>
<noscript><p class="notices">The charts need JavaScript; each chart's table below does not.</p></noscript>
<div class="ruler js"><div id="ruler" class="plot"></div></div>
${data.panels.map((panel, index) => panelFigure(panel, index, data))}
</section>`;
}

/** A button a fault, or a list where there would be too many buttons. */
function zoomControls(faults: readonly FaultBand[]): Html {
  if (faults.length <= 4) {
    return html`${faults.map(({ label }, index) => html`<button type="button" data-zoom="${index}">Around ${label}</button>`)}`;
  }
  const options = faults.map(
    ({ label, from }, index) =>
      html`<option value="${index}">${formatDuration(from * 1_000)}: ${label}</option>`,
  );
  return html`<label>Around <select id="zoom-to-fault"><option value="">a fault…</option>${options}</select></label>`;
}

function panelFigure(panel: Panel, index: number, data: TimelineData): Html {
  const picker =
    panel.kind === "lines" && panel.groups.length > 1
      ? html`<label class="js">of <select data-group="${index}">${panel.groups.map(({ label }, at) => html`<option value="${at}">${label}</option>`)}</select></label>`
      : null;
  const lanesPicker =
    panel.kind === "lanes" &&
    panel.lanes.some(({ changed }) => changed) &&
    panel.lanes.some(({ changed }) => !changed)
      ? html`<label class="js"><input type="checkbox" data-lanes="${index}" checked> only those that changed</label>`
      : null;
  return html`<figure class="panel" id="${panel.id}">
<figcaption><h3>${panel.title}</h3>${picker}${lanesPicker}<p>${panel.note}</p></figcaption>
<div class="legend js" data-legend="${index}"></div>
<div class="plot js" data-panel="${index}" tabindex="0" role="group" aria-label="${panel.title} over time. Arrow keys read the values; the same data is in the table below."></div>
<details><summary>${panel.title} as a table</summary><div class="scroll">${panelTable(panel, data)}</div></details>
</figure>`;
}

function panelTable(panel: Panel, data: TimelineData): Html {
  switch (panel.kind) {
    case "lines":
      return html`${panel.groups.map((group) => linesTable(panel, group, data))}`;
    case "strip":
      return stripTable(panel, data);
    case "lanes":
      return lanesTable(panel);
  }
}

/** Ranges of buckets that make the rows of a table, with the time each starts. */
function rowRanges(data: TimelineData): { from: number; to: number; at: string }[] {
  const size = Math.ceil(data.buckets / tableRows);
  const rows: { from: number; to: number; at: string }[] = [];
  for (let from = 0; from < data.buckets; from += size) {
    rows.push({ from, to: from + size, at: `${Number((data.from + from * data.step).toFixed(1))} s` });
  }
  return rows;
}

const foldWords: Readonly<Record<Fold, string>> = {
  max: "highest",
  min: "lowest",
  mean: "mean",
  last: "last",
};

function linesTable(panel: LinesPanel, group: LinesPanel["groups"][number], data: TimelineData): Html {
  const heads = group.series.map(
    ({ label, fold }) => html`<th scope="col">${label} <small>(${foldWords[fold]})</small></th>`,
  );
  const rows = rowRanges(data).map(
    ({ from, to, at }) =>
      html`<tr><th scope="row">${at}</th>${group.series.map(({ values, fold }) => html`<td>${formatValue(folded(values.slice(from, to), fold), panel.unit)}</td>`)}</tr>`,
  );
  return html`<table><caption>${panel.title}${group.label === "" ? "" : `, ${group.label}`}, from the time on</caption><thead><tr><th scope="col">from</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

function folded(values: readonly (number | null)[], fold: Fold): number | null {
  const present = values.filter((value) => value !== null);
  const last = present.at(-1);
  if (last === undefined) return null;
  switch (fold) {
    case "max":
      return Math.max(...present);
    case "min":
      return Math.min(...present);
    case "mean":
      return Number((present.reduce((sum, value) => sum + value, 0) / present.length).toPrecision(4));
    case "last":
      return last;
  }
}

function stripTable(panel: StripPanel, data: TimelineData): Html {
  const sum = (values: readonly number[], from: number, to: number) =>
    values.slice(from, to).reduce((total, value) => total + value, 0);
  const rows = rowRanges(data).map(({ from, to, at }) => {
    const cells = panel.lanes.map(({ ok, info, fail }) => {
      const good = sum(ok, from, to);
      const all = good + sum(info, from, to) + sum(fail, from, to);
      return html`<td>${all === 0 ? "–" : `${good} of ${all} ok`}</td>`;
    });
    return html`<tr><th scope="row">${at}</th>${cells}</tr>`;
  });
  return html`<table><caption>${panel.title}, from the time on</caption><thead><tr><th scope="col">from</th>${panel.lanes.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}

function lanesTable(panel: LanesPanel): Html {
  const rows = panel.lanes.map(({ label, spans }) => {
    const shown = spans.slice(0, tableRows).map(({ from, to, value, text }) => {
      const name = text ?? panel.names[String(value)]?.label ?? String(value);
      return `${name} (${Number(from.toFixed(1))}–${Number(to.toFixed(1))} s)`;
    });
    const rest = spans.length > tableRows ? ` and ${spans.length - tableRows} more` : "";
    return html`<tr><th scope="row">${label}</th><td class="text">${shown.join(", ")}${rest}</td></tr>`;
  });
  return html`<table><caption>${panel.title}</caption><thead><tr><th scope="col">lane</th><th scope="col" class="text">held by, in order</th></tr></thead><tbody>${rows}</tbody></table>`;
}
