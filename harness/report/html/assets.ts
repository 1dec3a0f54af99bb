import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { messageOf, UsageError } from "../../util/errors.ts";

/** What is inlined into the page: one style sheet, one script. */
export interface Assets {
  readonly style: string;
  readonly script: string;
}

/** The client script's modules, each after those that it imports. */
const clientScripts = ["theme.js", "overlay.js", "charts.js", "lanes.js", "legend.js", "main.js"];

/**
 * Reads uPlot from the installed package and our own style sheet and scripts.
 * @throws UsageError when one is missing: the installation is broken.
 */
export async function loadAssets(): Promise<Assets> {
  const uplot = dirname(createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css"));
  const report = dirname(import.meta.dirname);
  try {
    const read = (folder: string, name: string) => readFile(join(folder, name), "utf8");
    const [uplotStyle, ownStyle, uplotScript, ...parts] = await Promise.all([
      read(uplot, "uPlot.min.css"),
      read(join(report, "html"), "style.css"),
      read(uplot, "uPlot.iife.min.js"),
      ...clientScripts.map((name) => read(join(report, "client"), name)),
    ]);
    const script = `${uplotScript}\n(() => {\n"use strict";\n${parts.map(withoutModuleSyntax).join("\n")}\n})();`;
    return { style: `${uplotStyle}\n${ownStyle}`, script };
  } catch (cause) {
    throw new UsageError(
      `cannot read a part of the report's page: ${messageOf(cause)}`,
      "Install the packages again (npm ci).",
    );
  }
}

/**
 * A client module as plain statements. A page that loads nothing has no modules to import from, so that all
 * of them share one function's scope, with uPlot's global before it.
 */
function withoutModuleSyntax(source: string): string {
  return source.replaceAll(/^import [^;]*;$/gm, "").replaceAll(/^export (?=function |const )/gm, "");
}
