import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatDuration } from "../../util/duration.ts";
import { verdictSign } from "../format.ts";
import {
  countOutcomes,
  type Outcome,
  rtoText,
  type SuiteRecord,
  type SuiteRow,
  worstOutcome,
} from "../suite-record.ts";
import { renderDocument } from "./document.ts";
import { type Html, html, trusted } from "./html.ts";

/** The report's own style, and what only the index has. */
export async function loadIndexStyle(): Promise<string> {
  const read = (name: string) => readFile(join(import.meta.dirname, name), "utf8");
  return (await Promise.all([read("style.css"), read("index.css")])).join("\n");
}

/**
 * The page over all reports of a suite: one HTML document that loads nothing and has no script. Its filter is a group of
 * radio buttons that the style sheet looks at.
 */
export function renderIndex(record: SuiteRecord, style: string): string {
  const worst = worstOutcome(record.rows);
  const sums = countOutcomes(record.rows);
  const title = sums.map(([outcome, count]) => `${count} ${outcome}`).join(", ") || "nothing ran";
  const body = html`<main>
${head(record, worst, title)}
<section aria-label="Runs">
${filter(sums, record.rows.length)}
<div class="scroll"><table class="stacking index"><thead><tr><th scope="col">Scenario</th><th scope="col">Verdict</th><th scope="col">Promise, and why</th><th scope="col" class="number">RTO</th><th scope="col" class="number">Time</th></tr></thead>
<tbody>${record.rows.map((row) => rowOf(row, record.seed))}</tbody></table></div>
</section>
</main>`;
  return renderDocument({ title: `${verdictSign[worst]} ${title}`, style, body });
}

function head(record: SuiteRecord, worst: Outcome, title: string): Html {
  const { rows, command } = record;
  const started = new Date(record.startedAt).toISOString().replace("T", " ").slice(0, 19);
  const sum = rows.reduce((total, { durationMs = 0 }) => total + durationMs, 0);
  const slowest = rows.toSorted((a, b) => (b.rtoMs ?? 0) - (a.rtoMs ?? 0))[0];
  return html`<header class="verdict ${outcomeClass(worst)}">
<p class="eyebrow">Faultline suite report</p>
<div class="title">${badge(worst, true)}<h1>${title}</h1></div>
${record.endedBy === undefined ? null : html`<ul class="notices"><li>Ended early: ${record.endedBy}</li></ul>`}
<dl class="facts">
<div><dt>Suite</dt><dd>${record.id}</dd></div>
<div><dt>Started</dt><dd><time datetime="${record.startedAt}">${started} UTC</time></dd></div>
<div><dt>Duration</dt><dd>${formatDuration(record.durationMs)}${record.workers > 1 ? ` with ${record.workers} workers (runs: ${formatDuration(sum)})` : null}</dd></div>
<div><dt>Seed</dt><dd>${String(record.seed)}</dd></div>
<div><dt>Network</dt><dd>${record.network}</dd></div>
${slowest?.rtoMs ? html`<div><dt>Longest RTO</dt><dd>${rtoText(slowest)} (${slowest.family}/${slowest.name})</dd></div>` : null}
</dl>
<p class="label">Run it again</p>
<div class="copyable"><code>${command}</code></div>
</header>`;
}

/** A radio button for every outcome there is; with a single one there is nothing to filter. */
function filter(sums: readonly [Outcome, number][], total: number): Html | null {
  if (sums.length < 2) return null;
  const choice = (id: string, label: string, count: number, checked = false) =>
    html`<label><input type="radio" name="show" id="show-${id}"${checked ? trusted(" checked") : null}> ${label} <b>${count}</b></label>`;
  return html`<fieldset class="filter"><legend class="unseen">Show</legend>${choice("all", "all", total, true)}${sums.map(
    ([outcome, count]) => choice(outcomeClass(outcome), outcome, count),
  )}</fieldset>`;
}

/** The first reason, which is the worst; the rest of what did not pass is folded away. */
function rowOf(row: SuiteRow, suiteSeed: number): Html {
  const { family, name, title, outcome, reasons, run, seed, durationMs, replay, unsupported } = row;
  const label = html`<span class="family">${family}/</span>${name}`;
  const link =
    run === undefined ? label : html`<a href="../${encodeURIComponent(run)}/report.html">${label}</a>`;
  const bad = outcome !== "passed" && outcome !== "not run";
  const [first, ...rest] = reasons;
  const why =
    bad && first !== undefined
      ? html`<p class="why">${first}</p>${rest.length > 0 ? html`<details><summary>${rest.length} more</summary><ul>${rest.map((reason) => html`<li>${reason}</li>`)}</ul></details>` : null}<p class="again"><code>${replay}</code></p>`
      : null;
  return html`<tr class="${outcomeClass(outcome)}"><th scope="row">${link}${seed === suiteSeed ? null : html`<small>seed ${String(seed)}</small>`}</th>
<td data-label="Verdict">${badge(outcome)}${unsupported ? html`<small>not possible on this machine</small>` : null}</td>
<td data-label="Promise" class="promise"><div>${title}${why}</div></td>
<td data-label="RTO" class="number">${rtoText(row)}</td>
<td data-label="Time" class="number">${durationMs === undefined ? "–" : formatDuration(durationMs)}</td></tr>
`;
}

function badge(outcome: Outcome, large = false): Html {
  return html`<span class="badge ${outcomeClass(outcome)}${large ? " large" : ""}"><span aria-hidden="true">${verdictSign[outcome]}</span> ${outcome}</span>`;
}

const outcomeClass = (outcome: Outcome): string => outcome.replace(" ", "-");
