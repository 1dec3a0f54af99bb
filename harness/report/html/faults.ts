import { formatDuration } from "../../util/duration.ts";
import { formatAxisTime, formatNumber } from "../format.ts";
import type { FaultRecord } from "../record.ts";
import { type Html, html } from "./html.ts";

/** A row per fault: that it happened, what it did and that it is over, each with its proof. */
export function faultsSection(faults: readonly FaultRecord[]): Html {
  const heads = [
    "Fault",
    "Injected",
    "Proven",
    "Detected",
    "Failed over",
    "RTO",
    "Errors",
    "Lost",
    "Duplicated",
    "Healed",
  ];
  const body =
    faults.length === 0
      ? html`<p>This run injected no fault.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="Faults"><table class="stacking"><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${faults.map(faultRow)}</tbody></table></div>`;
  return html`<section id="faults"><h2>Faults</h2>${body}</section>`;
}

function faultRow(fault: FaultRecord): Html {
  const resolved =
    fault.injectedAt === undefined
      ? html`<span class="bad">✕ did not strike</span>`
      : html`<b>${struck(fault)}</b>`;
  const cell = (label: string, content: Html | string) => html`<td data-label="${label}">${content}</td>`;
  return html`<tr>
<th scope="row"><b>${fault.fault}</b> ${resolved}<small>${fault.target}</small>${fault.error === undefined ? null : html`<small class="bad">✕ ${fault.error}</small>`}</th>
${cell("Injected", timeOrNever(fault.injectedAt, "not injected"))}
${cell("Proven", proof(fault.provenAt, fault.proof, "not proven"))}
${cell("Detected", span(fault.detectedMs, "no operation noticed"))}
${cell("Failed over", span(fault.failoverMs, "never"))}
${cell("RTO", html`<b>${span(fault.rtoMs, "never")}</b>`)}
${cell("Errors", count(fault.errors))}
${cell("Lost", mustBeZero(fault.lost))}
${cell("Duplicated", mustBeZero(fault.duplicated))}
${cell("Healed", healed(fault))}
</tr>`;
}

/** The nodes, or the links where the target names no node; of many the first. */
function struck({ nodes, links }: FaultRecord): string {
  const names = nodes.length > 0 ? nodes : links;
  const shown = names.slice(0, shownNames).join(", ");
  return names.length > shownNames ? `${shown} and ${names.length - shownNames} more` : shown;
}

const shownNames = 6;

function timeOrNever(at: number | undefined, never: string): Html {
  return at === undefined ? html`<span class="bad">✕ ${never}</span>` : html`${formatAxisTime(at)}`;
}

function proof(at: number | undefined, how: string | undefined, never: string): Html {
  if (at === undefined) return html`<span class="bad">✕ ${never}</span>`;
  return html`<span class="good">✓ ${formatAxisTime(at)}</span><small>${how}</small>`;
}

function healed(fault: FaultRecord): Html {
  const escalations = fault.escalations.map((step) => html`<small class="warn">! ${step}</small>`);
  const at =
    fault.healedAt === undefined ? null : html`<small>healed at ${formatAxisTime(fault.healedAt)}</small>`;
  return html`${proof(fault.healProvenAt, fault.healProof, fault.healedAt === undefined ? "not healed" : "healing not proven")}${at}${escalations}`;
}

/** Milliseconds for people; null is the run's own "never", undefined was not measured. */
function span(ms: number | null | undefined, never: string): Html {
  if (ms === undefined) return html`<span aria-label="not measured">–</span>`;
  return ms === null ? html`${never}` : html`${formatDuration(ms)}`;
}

function count(value: number | undefined): Html {
  return value === undefined ? html`<span aria-label="not measured">–</span>` : html`${formatNumber(value)}`;
}

function mustBeZero(value: number | undefined): Html {
  if (value === undefined || value === 0) return count(value);
  return html`<span class="bad">✕ ${formatNumber(value)}</span>`;
}
