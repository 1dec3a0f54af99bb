/** Text that is HTML already. Only {@link html} and {@link trusted} make one. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Content = Html | string | number | null | undefined | readonly Content[];

/**
 * A template whose every interpolated string is escaped; nested {@link Html} and lists of it are kept,
 * null and undefined vanish.
 */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let text = strings[0] ?? "";
  contents.forEach((content, index) => {
    text += render(content) + (strings[index + 1] ?? "");
  });
  return new Html(text);
}

/** Marks a text as HTML. Only for text that this package itself wrote (its style sheet, its scripts). */
export function trusted(text: string): Html {
  return new Html(text);
}

/** Text for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** JSON that is safe inside a script element: nothing in it can end the element or open a comment. */
export function scriptJson(value: unknown): Html {
  return new Html(
    JSON.stringify(value)
      .replaceAll("<", "\\u003c")
      .replaceAll("\u2028", "\\u2028")
      .replaceAll("\u2029", "\\u2029"),
  );
}

function render(content: Content): string {
  if (content === null || content === undefined) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "string") return escapeHtml(content);
  if (typeof content === "number") return String(content);
  return content.map(render).join("");
}
