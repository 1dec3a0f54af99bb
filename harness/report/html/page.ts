import { verdictSign } from "../format.ts";
import type { Headline } from "../headline.ts";
import type { OperationsView } from "../operations.ts";
import type { TimelineData } from "../panel.ts";
import type { RunRecord } from "../record.ts";
import type { Assets } from "./assets.ts";
import { checksSection, thresholdsSection } from "./checks.ts";
import { renderDocument } from "./document.ts";
import { environmentSection, reproduceSection } from "./environment.ts";
import { faultsSection } from "./faults.ts";
import { html, scriptJson } from "./html.ts";
import { operationsSection } from "./operations.ts";
import { timelineSection } from "./timeline.ts";
import { badge, verdictSection } from "./verdict.ts";

/** All a page shows. */
export interface PageContent {
  readonly record: RunRecord;
  readonly headline: readonly Headline[];
  readonly notices: readonly string[];
  readonly timeline: TimelineData;
  readonly operations: OperationsView;
}

/** The whole report as one HTML document that loads nothing. */
export function renderPage(content: PageContent, { style, script }: Assets): string {
  const { record } = content;
  const sections = ["Timeline", "Faults", "Thresholds", "Checks", "Operations", "Environment", "Reproduce"];
  const title = `${verdictSign[record.verdict]} ${record.verdict}: ${record.scenario.title}`;
  const body = html`<a class="skip" href="#main">Skip to the report</a>
<nav aria-label="Sections">${badge(record.verdict)}<div class="links">${sections.map((name) => html`<a href="#${name.toLowerCase()}">${name}</a>`)}</div></nav>
<div id="announcer" class="unseen" aria-live="polite"></div>
<main id="main">
${verdictSection(record, content.headline, content.notices)}
${timelineSection(content.timeline)}
${faultsSection(record.faults)}
${thresholdsSection(record.thresholds)}
${checksSection(record)}
${operationsSection(content.operations)}
${environmentSection(record)}
${reproduceSection(record)}
</main>
<script type="application/json" id="timeline-data">${scriptJson(content.timeline)}</script>`;
  return renderDocument({ title, style, script, body });
}
