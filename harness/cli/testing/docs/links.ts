import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { codeOf, type Page, proseOf, root } from "./pages.ts";

/** What the links of a page lead to that is not there; links to other sites are not followed. */
export function brokenLinks(page: Page): string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page.path : normalize(join(dirname(page.path), path));
    if (path !== "" && !existsSync(join(root, file))) return [`${page.path}: there is no ${target}`];
    if (anchor === undefined) return [];
    const text = path === "" ? page.text : readFileSync(join(root, file), "utf8");
    return anchorsOf(text).has(anchor) ? [] : [`${page.path}: ${file} has no heading ${anchor}`];
  });
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchorsOf(text: string): Set<string> {
  const headings = proseOf({ text }).matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\- ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** Paths of this project begin with one of these. */
const folders = /^(harness|system|scenarios|k6|observability|docs|\.ci)\//;
/** Modules that only our k6 has. */
const k6Modules = /^k6\/x\//;

/** The files and folders that a page names in its text and that are not there; `made` are those that it has its reader make. */
export function missingPaths(page: Page, made: readonly string[] = []): string[] {
  return codeOf(page).flatMap(({ code, line }) => {
    const path = code.replace(/[#:].*$/, "");
    const isPath = /^[\w./-]+$/.test(path) && folders.test(path) && !k6Modules.test(path);
    if (!isPath || made.includes(path) || existsSync(join(root, path))) return [];
    return [`${page.path}:${line}: there is no ${path}`];
  });
}
