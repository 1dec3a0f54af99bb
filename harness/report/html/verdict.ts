import type { Verdict } from "../../checkers/verdict.ts";
import { formatDuration } from "../../util/duration.ts";
import { verdictSign } from "../format.ts";
import type { Headline } from "../headline.ts";
import type { RunRecord, Variation } from "../record.ts";
import { type Html, html } from "./html.ts";

/** A verdict as a small label: sign, word and colour. */
export function badge(verdict: Verdict, large = false): Html {
  return html`<span class="badge ${verdict}${large ? " large" : ""}"><span aria-hidden="true">${verdictSign[verdict]}</span> ${verdict}</span>`;
}

/** A command or another text to copy, with its button. */
export function copyable(text: string): Html {
  return html`<div class="copyable"><code>${text}</code><button type="button" data-copy="${text}">Copy</button></div>`;
}

/** The head of the page: what was tried, how it ended and why, in one glance. */
export function verdictSection(
  record: RunRecord,
  headline: readonly Headline[],
  notices: readonly string[],
): Html {
  const reasons = record.reasons.map((reason) => html`<li>${reason}</li>`);
  const started = new Date(record.startedAt).toISOString().replace("T", " ").slice(0, 19);
  const tiles = headline.map(
    ({ label, value, note, tone }) =>
      html`<div class="tile ${tone}"><dt>${label}</dt><dd>${value}</dd><dd class="note">${note}</dd></div>`,
  );
  return html`<header class="verdict ${record.verdict}">
<p class="eyebrow">Faultline run report</p>
<div class="title">${badge(record.verdict, true)}<h1>${record.scenario.title}</h1></div>
<ul class="reasons">${reasons}</ul>
${notices.length > 0 ? html`<ul class="notices">${notices.map((notice) => html`<li>${notice}</li>`)}</ul>` : null}
${tiles.length > 0 ? html`<dl class="tiles">${tiles}</dl>` : null}
<dl class="facts">
<div><dt>Run</dt><dd>${record.id}</dd></div>
<div><dt>Started</dt><dd><time datetime="${record.startedAt}">${started} UTC</time></dd></div>
<div><dt>Duration</dt><dd>${formatDuration(record.durationMs)}</dd></div>
<div><dt>Seed</dt><dd>${String(record.seed)}</dd></div>
<div><dt>Topology</dt><dd>${record.topology.name}</dd></div>
${record.variation ? html`<div><dt>Made by</dt><dd>${describeVariation(record.variation)}</dd></div>` : null}
</dl>
<p class="label" id="replay-label">Run it again</p>
${copyable(record.replay)}
</header>`;
}

/** `replay of 20260314-091500-leader-crash` */
function describeVariation({ by, of, rate, correctnessOnly = false }: Variation): string {
  const run = of === undefined ? "" : ` of ${of.split("/").at(-1)}`;
  const slower = rate === undefined ? "" : `, at ${rate} a second`;
  return `${by}${run}${slower}${correctnessOnly ? "; thresholds not judged" : ""}`;
}
