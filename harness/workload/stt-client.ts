import { Agent, request } from "undici";
import { z } from "zod";
import { messageOf } from "../util/errors.ts";
import type { Service } from "./workload.ts";

/** One HTTP request to one instance. */
export interface SttRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly token: string;
  /** Raw audio. */
  readonly body?: Buffer;
  /** Ends the request when the run ends. */
  readonly signal: AbortSignal;
}

/**
 * How one attempt ended, in the sense of the history:
 * `fail` only where the request certainly had no effect, `info` wherever it may have had one.
 */
export type Outcome =
  | { readonly type: "ok"; readonly body: unknown }
  | {
      readonly type: "fail" | "info";
      readonly error: string;
      /** The HTTP status, when there was an answer. */
      readonly status?: number;
      /** When the service asks to come again. */
      readonly retryAfterMs?: number;
      /** On a refused finish: the chunks the service does not have. */
      readonly missing?: readonly number[];
    };

/** A request takes at most this long, connecting and reading included. */
const TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;

/** Errors of a connection that was never made: nothing can have been sent. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  missing: z.array(z.int()).optional(),
});

/** An HTTP client of the service's instances, one bounded keep-alive pool each. It never retries by itself. */
export class SttClient implements AsyncDisposable {
  readonly #agents: ReadonlyMap<Service, Agent>;

  constructor(services: readonly Service[], options: { connections: number }) {
    const agent = () =>
      new Agent({
        connections: options.connections,
        pipelining: 1,
        connect: { timeout: CONNECT_TIMEOUT_MS },
      });
    this.#agents = new Map(services.map((service) => [service, agent()]));
  }

  /** Sends one request and reads the whole answer; never throws for what the network or the service does. */
  async send(service: Service, { method, path, token, body, signal }: SttRequest): Promise<Outcome> {
    const dispatcher = this.#agents.get(service);
    if (dispatcher === undefined) throw new Error(`no client for ${service.name}`);
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await request(new URL(path, service.baseUrl), {
        method,
        dispatcher,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/octet-stream" }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.any([signal, timeout]),
      });
      const text = await response.body.text();
      return outcomeOf(method, response.statusCode, text, response.headers["retry-after"]);
    } catch (error) {
      if (timeout.aborted) return { type: "info", error: `no answer within ${TIMEOUT_MS} ms` };
      if (signal.aborted) return { type: "info", error: "the run ended before an answer" };
      return outcomeOfError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}

/**
 * The outcome of an answer. A 4xx had no effect, and a refused GET has none anyway; a 5xx to a POST, 503 included, may
 * come after the effect: the service does not promise otherwise.
 */
export function outcomeOf(
  method: SttRequest["method"],
  status: number,
  text: string,
  retryAfter?: string | string[],
): Outcome {
  const body = parseJson(text);
  if (status >= 200 && status < 300) {
    return body === undefined
      ? { type: "info", error: `answered ${status} with a body that is no JSON: ${text.slice(0, 80)}` }
      : { type: "ok", body };
  }
  const { title, detail, missing } = problem.safeParse(body).data ?? {};
  const noEffect = method === "GET" || (status >= 400 && status < 500 && status !== 408);
  const seconds = Number(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
  return {
    type: noEffect ? "fail" : "info",
    error: [String(status), title, detail].filter(Boolean).join(" "),
    status,
    ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
    ...(missing === undefined ? {} : { missing }),
  };
}

/** The outcome of a request that brought no answer. */
export function outcomeOfError(error: unknown): Outcome {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const message = messageOf(error) || code || "unknown error";
  const type = code !== undefined && NEVER_CONNECTED.has(code) ? "fail" : "info";
  return { type, error: code === undefined || message.includes(code) ? message : `${code} ${message}` };
}

function parseJson(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
