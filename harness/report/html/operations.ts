import { formatNumber, formatValue } from "../format.ts";
import type { OperationRow, OperationsView } from "../operations.ts";
import { type Html, html } from "./html.ts";

/** All operations by phase and kind: the charts in figures. */
export function operationsSection(operations: OperationsView): Html {
  if (operations.table.length === 0) {
    return html`<section id="operations"><h2>Operations</h2><p>The history holds no operation.</p></section>`;
  }
  const open =
    operations.open === 0
      ? null
      : html` ${formatNumber(operations.open)} had not ended when the history did; they are among <em>info</em>.`;
  return html`<section id="operations"><h2>Operations</h2>
<p class="hint">Latencies are exact (nearest rank), of operations that ended ok, from when they were due to when they ended. <em>no</em>: an answer that says no, such as a busy lock; <em>info</em>: may or may not have happened.${open}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Operations"><table><thead><tr>
<th scope="col">Phase</th><th scope="col" class="text">Kind</th><th scope="col">Invoked</th><th scope="col">ok</th><th scope="col">no</th><th scope="col">fail</th><th scope="col">info</th><th scope="col">p50</th><th scope="col">p95</th><th scope="col">p99</th><th scope="col">max</th>
</tr></thead><tbody>${operations.table.map(operationRow)}</tbody></table></div></section>`;
}

function operationRow(row: OperationRow, index: number, rows: readonly OperationRow[]): Html {
  const first = rows[index - 1]?.phase !== row.phase;
  const latency = (["p50", "p95", "p99", "max"] as const).map(
    (name) => html`<td>${formatValue(row.latency?.[name] ?? null, "ms")}</td>`,
  );
  return html`<tr class="${first ? "first" : ""}"><th scope="row">${row.phase}</th><td class="text">${row.f}</td><td>${formatNumber(row.invoked)}</td><td>${formatNumber(row.ok)}</td><td>${formatNumber(row.no)}</td>${trouble(row.fail, "bad")}${trouble(row.info, "warn")}${latency}</tr>`;
}

function trouble(count: number, tone: string): Html {
  return html`<td class="${count > 0 ? tone : ""}">${formatNumber(count)}</td>`;
}
