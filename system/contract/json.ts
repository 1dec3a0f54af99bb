/** What a text says in JSON, or undefined when it is none: for text that may come from anywhere, parsed by a schema next. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
