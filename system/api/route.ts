import { z } from "zod";
import type { Principal, Scope } from "./auth.ts";
import { problem } from "./problem.ts";
import type { ProblemName } from "./problem-types.ts";

/** A route's answer when all is well. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless `type` says otherwise. */
  readonly body?: unknown;
  /** The media type of a body that is a text or bytes, sent as it is. */
  readonly type?: string;
}

/** What the document says about one of a route's good answers. */
export interface ReplyDeclaration {
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly mediaTypes?: readonly string[];
  readonly headers?: z.ZodObject;
  /** Operations on the `id` that this answer has at the expression, as OpenAPI links. */
  readonly links?: { readonly id: string; readonly operations: readonly string[] };
}

/** A binary body that a route takes; `mediaTypes` are those it may be sent as. */
export interface BodyDeclaration {
  readonly description: string;
  readonly mediaTypes: readonly string[];
  readonly maxBytes: number;
}

/** What a handler is given: validated. */
export interface Call<P, Q, H> {
  /** Who asks; on a public route, nobody. */
  readonly principal: Principal;
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly mediaType: string;
  /** Empty where the route takes no body. */
  readonly body: Uint8Array;
}

interface Declared {
  readonly method: "get" | "post";
  /** As OpenAPI writes it: `/api/stt/recordings/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: "Recordings" | "Dead letters" | "Operations" | "Documentation";
  readonly summary: string;
  readonly description?: string;
  /** What the token must allow. Null: the route is public, without token and rate limit. */
  readonly scope: Scope | null;
  readonly body?: BodyDeclaration;
  readonly replies: Readonly<Record<number, ReplyDeclaration>>;
  /** Refusals of its own, besides those that the declaration itself implies (see openapi.ts). */
  readonly problems: readonly ProblemName[];
}

type Parsed<S extends z.ZodObject | undefined> = S extends z.ZodObject ? z.output<S> : Record<string, never>;
type Schema = z.ZodObject | undefined;

/** All about a route, said once: it makes the handler (mount.ts) and the operation in the document (openapi.ts). */
export interface Declaration<P extends Schema, Q extends Schema, H extends Schema> extends Declared {
  /** The path's parameters. */
  readonly params?: P;
  /** How a path is refused whose parameters cannot be right: what cannot be an id is not there either. */
  readonly absent?: ProblemName;
  readonly query?: Q;
  /** Request headers, by their names in lower case. */
  readonly headers?: H;
  readonly handle: (call: Call<Parsed<P>, Parsed<Q>, Parsed<H>>) => Promise<Reply> | Reply;
}

/** A request as it came, its body not read yet. */
export interface RawCall {
  readonly principal: Principal;
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly mediaType: string;
  readonly readBody: () => Promise<Uint8Array>;
}

export interface Route extends Declared {
  readonly params?: z.ZodObject | undefined;
  readonly absent: ProblemName;
  readonly query?: z.ZodObject | undefined;
  readonly headers?: z.ZodObject | undefined;
  /** Validates, then reads the body, then does the work. Throws HttpProblem among others. */
  readonly answer: (raw: RawCall) => Promise<Reply>;
}

/** Declares a route. */
export function route<
  P extends Schema = undefined,
  Q extends Schema = undefined,
  H extends Schema = undefined,
>(declaration: Declaration<P, Q, H>): Route {
  const { handle, absent = "not-found", ...declared } = declaration;
  return {
    ...declared,
    absent,
    answer: async ({ principal, readBody, mediaType, ...raw }) => {
      const params = parse(declaration.params, raw.params, () => problem(absent));
      const query = parse(declaration.query, raw.query, malformed("query"));
      const headers = parse(declaration.headers, raw.headers, malformed("header"));
      return handle({ principal, params, query, headers, mediaType, body: await readBody() });
    },
  };
}

const malformed = (where: string) => (error: z.ZodError) =>
  problem("invalid-request", {
    detail: error.issues.map(({ path, message }) => `${where} ${path.join(".")}: ${message}`).join("; "),
  });

function parse<S extends Schema>(
  schema: S | undefined,
  value: unknown,
  refusal: (error: z.ZodError) => Error,
): Parsed<S> {
  const parsed = (schema ?? z.object({})).safeParse(value);
  if (!parsed.success) throw refusal(parsed.error);
  return parsed.data as Parsed<S>;
}
