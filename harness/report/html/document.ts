import { createHash } from "node:crypto";
import { type Html, html, trusted } from "./html.ts";

/** What a document of ours consists of. */
export interface Document {
  readonly title: string;
  readonly style: string;
  /** Run at the end of the body. */
  readonly script?: string;
  readonly body: Html;
}

/**
 * One HTML document that loads nothing. Its content security policy allows exactly the inlined texts, named by their
 * hashes, and no connection at all.
 */
export function renderDocument({ title, style, script, body }: Document): string {
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
${body}
${script === undefined ? [] : [html`<script>${trusted(script)}</script>`]}
</body>
</html>
`.text;
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
