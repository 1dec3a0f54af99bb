import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds the whole project. */
export const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** From the root of the project: `docs/cli.md`. */
  readonly path: string;
  readonly text: string;
}

/** What stands between two lines of ```. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** Every page that people read. */
export const readPages = (): Page[] =>
  globSync(["*.md", "docs/**/*.md", "{harness,k6,observability,reports,scenarios,system}/**/*.md"], {
    cwd: root,
    exclude: ["reports/*/**"],
  })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** The fenced blocks of a page. */
export function blocksOf({ text }: Pick<Page, "text">): Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: language = "", 2: body = "", index }) => ({
      language,
      text: body,
      line: text.slice(0, index).split("\n").length + 1,
    }),
  );
}

/** A page without its fenced blocks, line for line. */
export const proseOf = ({ text }: Pick<Page, "text">): string =>
  text.replace(/^```\w*\n[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ""));

/** What is written as `code` in running text, with the line it is on. A pipe in a table is written \|. */
export const codeOf = (page: Pick<Page, "text">): { readonly code: string; readonly line: number }[] =>
  proseOf(page)
    .split("\n")
    .flatMap((text, index) =>
      [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => ({
        code: code.replaceAll("\\|", "|"),
        line: index + 1,
      })),
    );
