import { formatDuration } from "../../util/duration.ts";
import { formatNumber } from "../format.ts";
import type { RunRecord } from "../record.ts";
import { type Html, html } from "./html.ts";
import { copyable } from "./verdict.ts";

/** Where it ran and what ran: machine, versions, nodes, steps, and what this machine could not do. */
export function environmentSection(record: RunRecord): Html {
  const unsupported =
    record.unsupported.length === 0
      ? html`<p>Nothing the scenario asked for was unsupported on this machine.</p>`
      : html`<ul class="notices">${record.unsupported.map((what) => html`<li>Unsupported here: ${what}</li>`)}</ul>`;
  const nodes = record.topology.nodes.map(
    ({ name, kind, address }) =>
      html`<tr><th scope="row">${name}</th><td class="text">${kind}</td><td class="text"><code>${address}</code></td></tr>`,
  );
  const steps = record.steps.map(
    ({ name, ms }) => html`<tr><th scope="row">${name}</th><td>${formatDuration(ms)}</td></tr>`,
  );
  return html`<section id="environment"><h2>Environment</h2>
${unsupported}
<div class="columns">
${pairs("Machine", record.machine)}
${pairs("Versions", record.versions)}
<div><h3>Steps</h3><div class="scroll"><table><tbody>${steps}</tbody></table></div></div>
<div class="wide"><h3>Nodes</h3><p class="hint">${record.topology.name}: ${formatNumber(record.topology.nodes.length)} nodes, ${formatNumber(record.topology.links)} directed links, each through its own proxy. ${startOf(record)} Silenced links ${silencing[record.network]}.</p>
<div class="scroll"><table><tbody>${nodes}</tbody></table></div></div>
</div></section>`;
}

/** Whether the nodes were started for this run. */
function startOf({ topology: { reused } }: RunRecord): string {
  return reused === undefined
    ? "Started for this run."
    : `Run ${reused.after} had them before; they were reset in ${formatDuration(reused.resetMs)}, and proven clean: ${reused.proof.join("; ")}.`;
}

/** What a silenced link does. */
const silencing = {
  proxy: "hold their bytes in the proxy (--network proxy)",
  netns: "drop their packets, in a network namespace of the run (--network netns)",
} as const;

function pairs(title: string, entries: Readonly<Record<string, string>>): Html {
  const rows = Object.entries(entries).map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td class="text">${value}</td></tr>`,
  );
  return html`<div><h3>${title}</h3><div class="scroll"><table><tbody>${rows}</tbody></table></div></div>`;
}

/** How to see it again and how to check the evidence without the cluster. */
export function reproduceSection(record: RunRecord): Html {
  return html`<section id="reproduce"><h2>Reproduce</h2>
<p>Run the same scenario with the same seed. The schedule of faults and the load are the same; the timing of the real processes is not.</p>
${copyable(record.replay)}
<p>Beside this file lie the evidence and the record: <code>run.json</code>, <code>history.ndjson</code> (every operation, one event a line), <code>samples.ndjson</code>, the fault ledger and the nodes' logs. Write this report again from them, without the cluster:</p>
${copyable(`./faultline report ${record.id}`)}
<p>Steady state, which had to hold before the fault and again after it: ${record.steadyState.description}, for ${formatDuration(record.steadyState.windowMs)}.</p>
</section>`;
}
