import { z } from "zod";

/**
 * How something was made: a call of one of our functions, with what it was given. It is plain JSON, of which the thing
 * can be made again (harness/faults/vocabulary.ts), and source text that a person would write (`sourceOf`).
 */
export type Call = { readonly call: string; readonly args: readonly Argument[] };

/** What a call is given: JSON, in which other calls may stand. */
export type Argument =
  | null
  | boolean
  | number
  | string
  | readonly Argument[]
  | { readonly [name: string]: Argument };

export const callSchema = z.object({ call: z.string(), args: z.array(z.json()) });

/** What may know how it was made. */
export interface Made {
  /** The call that makes it; absent when a part of it (a target of one's own) cannot be written down. */
  readonly source?: Call;
}

/**
 * Writes down a call, for the thing that it makes: `{ kind: "kill", ...madeBy("kill", target) }`.
 * @param args JSON, or things that know how they were made themselves. What is undefined is left out.
 */
export function madeBy(call: string, ...args: readonly unknown[]): Made {
  const written = args.filter((arg) => arg !== undefined && !isEmpty(arg)).map(writtenDown);
  return written.every((arg) => arg !== undefined) ? { source: { call, args: written } } : {};
}

/** Whether JSON is a call rather than an object of options. */
export const isCall = (value: unknown): value is Call =>
  typeof value === "object" &&
  value !== null &&
  "call" in value &&
  "args" in value &&
  Array.isArray(value.args);

/** A call, or a value in one, as source text: `kill(leaderOf("orders", 2))`. */
export function sourceOf(value: Argument): string {
  if (isCall(value)) return `${value.call}(${value.args.map(sourceOf).join(", ")})`;
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${nameOf(name)}: ${sourceOf(field)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/** The names of all calls in one, its own first. */
export function callsIn(value: Argument): string[] {
  if (isCall(value)) return [value.call, ...value.args.flatMap(callsIn)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(callsIn);
}

/** A thing as JSON; undefined when it cannot be. */
function writtenDown(value: unknown): Argument | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) {
    const items = value.map(writtenDown);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (typeof value !== "object") return undefined;
  if ("source" in value && isCall(value.source)) return value.source;
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const fields: [string, Argument][] = [];
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const written = writtenDown(field);
    if (written === undefined) return undefined;
    fields.push([name, written]);
  }
  return Object.fromEntries(fields);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.keys(value).length === 0;

/** The name of a field, in quotes where it needs them. */
const nameOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
