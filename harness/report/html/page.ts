import { createHash } from "node:crypto";
import { verdictSign } from "../format.ts";
import type { Headline } from "../headline.ts";
import type { OperationsView } from "../operations.ts";
import type { TimelineData } from "../panel.ts";
import type { RunRecord } from "../record.ts";
import type { Assets } from "./assets.ts";
import { checksSection, thresholdsSection } from "./checks.ts";
import { environmentSection, reproduceSection } from "./environment.ts";
import { faultsSection } from "./faults.ts";
import { html, scriptJson, trusted } from "./html.ts";
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

/**
 * The whole report as one HTML document that loads nothing. Its content security policy allows exactly the
 * two inlined texts, named by their hashes, and no connection at all.
 */
export function renderPage(content: PageContent, assets: Assets): string {
  const { record } = content;
  const policy = `default-src 'none'; style-src ${hashOf(assets.style)}; script-src ${hashOf(assets.script)}; base-uri 'none'; form-action 'none'`;
  const sections = ["Timeline", "Faults", "Thresholds", "Checks", "Operations", "Environment", "Reproduce"];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${verdictSign[record.verdict]} ${record.verdict}: ${record.scenario.title}</title>
<style>${trusted(assets.style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
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
<script type="application/json" id="timeline-data">${scriptJson(content.timeline)}</script>
<script>${trusted(assets.script)}</script>
</body>
</html>
`.text;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
