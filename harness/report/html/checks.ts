import type { Anomaly, CheckResult } from "../../checkers/verdict.ts";
import { phases } from "../../history/event.ts";
import { formatAxisTime, formatNumber, formatWorst } from "../format.ts";
import type { RunRecord, ThresholdResult } from "../record.ts";
import { type Html, html, trusted } from "./html.ts";
import { badge } from "./verdict.ts";

/** Anomalies shown per check; `run.json` holds all. */
const shownAnomalies = 50;

/** Bounds by phase: as written, as measured, and the verdict. */
export function thresholdsSection(thresholds: readonly ThresholdResult[]): Html {
  const place = ({ phase }: ThresholdResult) => [...phases, "run"].indexOf(phase);
  const sorted = thresholds.toSorted((a, b) => place(a) - place(b));
  const rows = sorted.map(
    ({ phase, metric, bound, actual, worst, verdict }) => html`<tr>
<th scope="row">${metric}</th><td data-label="Phase">${phase}</td><td data-label="Bound"><code>${bound}</code></td>
<td data-label="Measured">${measured(actual, bound)}${worst === undefined ? null : html`<br><small>${formatWorst(worst)}</small>`}</td><td data-label="Verdict">${badge(verdict)}</td></tr>`,
  );
  const body =
    rows.length === 0
      ? html`<p>No threshold was judged.</p>`
      : html`<div class="scroll"><table class="stacking"><thead><tr><th scope="col">Metric</th><th scope="col">Phase</th><th scope="col">Bound</th><th scope="col">Measured</th><th scope="col">Verdict</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<section id="thresholds"><h2>Thresholds</h2>${body}</section>`;
}

/** The measured value in the unit that the bound is written in: 3.4 beside `<10s` is `3.4 s`. */
function measured(actual: number | undefined, bound: string): string {
  if (actual === undefined) return "no sample";
  const unit = /\d(ms|s|m)$/.exec(bound)?.[1] ?? "";
  return `${formatNumber(actual)} ${unit}`.trim();
}

/** What each checker says, with the events that show it. */
export function checksSection(record: RunRecord): Html {
  const body = record.checks.length === 0 ? html`<p>No check ran.</p>` : record.checks.map(checkCard);
  return html`<section id="checks"><h2>Checks</h2>${body}</section>`;
}

function checkCard(check: CheckResult): Html {
  const counts = Object.entries(check.counts).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${formatNumber(value)}</dd></div>`,
  );
  const hidden = check.anomalies.length - shownAnomalies;
  return html`<article class="card">
<h3>${check.name} ${badge(check.verdict)}</h3>
<p>${check.reason}</p>
<dl class="facts">${counts}</dl>
${check.anomalies.slice(0, shownAnomalies).map(anomalyDetails)}
${hidden > 0 ? html`<p>And ${formatNumber(hidden)} more in run.json.</p>` : null}
</article>`;
}

function anomalyDetails(anomaly: Anomaly): Html {
  const rows = anomaly.witnesses.map(
    (
      event,
    ) => html`<tr><td>${event.index}</td><td>${formatAxisTime(event.time)}</td><td class="text">${event.type}</td>
<td>${event.process}</td><td class="text">${event.node ?? "–"}</td><td class="text">${event.f}</td><td class="text">${event.key ?? "–"}</td>
<td class="text"><code>${shortJson(event.value)}</code>${event.error === undefined ? null : html` <span class="bad">${event.error}</span>`}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? html`<p>No single event shows it.</p>`
      : html`<div class="scroll"><table><caption>Witness events</caption><thead><tr><th scope="col">index</th><th scope="col">time</th><th scope="col" class="text">type</th><th scope="col">process</th><th scope="col" class="text">node</th><th scope="col" class="text">f</th><th scope="col" class="text">key</th><th scope="col" class="text">value</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const drawing =
    anomaly.drawing === undefined ? null : html`<div class="scroll">${trusted(anomaly.drawing)}</div>`;
  return html`<details class="anomaly"><summary><span class="bad">✕ ${anomaly.type}</span> ${anomaly.message}</summary>${drawing}${table}</details>`;
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
