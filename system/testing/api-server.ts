import type { DestinationStream } from "pino";
import pino from "pino";
import { type AppDependencies, createApp } from "../api/app.ts";
import { TokenVerifier } from "../api/auth.ts";
import { recordingRoutes } from "../api/recording-routes.ts";
import { listen } from "../api/server.ts";
import type { RecordingsApi } from "../pipeline/recordings.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { tokenFor } from "./factory.ts";

const secret = "a secret for the tests of the HTTP interface";

const refuse = async () => {
  throw new Error("not expected to be called");
};

/** Recordings of which nothing is expected; tests override what they do expect. */
export const noRecordings: RecordingsApi = {
  create: refuse,
  addChunk: refuse,
  heartbeat: refuse,
  requestTranscription: refuse,
  status: refuse,
  view: refuse,
  finishSilent: refuse,
};

/** The HTTP interface alone, before recordings that a test makes up. */
export class ApiServer implements AsyncDisposable {
  recordings: RecordingsApi = noRecordings;
  draining = false;
  databaseOk = true;
  /** What was logged, one object a line. */
  readonly logged: Record<string, unknown>[] = [];
  #server: Awaited<ReturnType<typeof listen>> | undefined;
  #token = "";

  /** Forgets what a former test set. */
  reset(): void {
    this.recordings = noRecordings;
    this.draining = false;
    this.databaseOk = true;
    this.logged.length = 0;
  }

  async start(overrides: Partial<AppDependencies> = {}): Promise<void> {
    this.#token = await this.sign("alice");
    const current = new Proxy(noRecordings, { get: (_, name) => Reflect.get(this.recordings, name) });
    const sink: DestinationStream = { write: (line) => this.logged.push(JSON.parse(line)) };
    const app = createApp({
      routes: recordingRoutes(current),
      tokens: new TokenVerifier({ secret }),
      rateLimiter: null,
      healthChecks: { database: () => this.databaseOk },
      draining: () => this.draining,
      logger: pino({ level: "info" }, sink),
      metrics: createMetrics("test"),
      ...overrides,
    });
    this.#server = await listen(app, { host: "127.0.0.1", port: 0 });
  }

  get port(): number {
    return this.#server?.address.port ?? 0;
  }

  /** A token that this server accepts. */
  sign(subject: string, scope?: string): Promise<string> {
    return tokenFor(subject, secret, scope);
  }

  /** @param bearer null: no token is sent; default: one of alice's, who may read and write. */
  call(path: string, init: RequestInit = {}, bearer: string | null = this.#token): Promise<Response> {
    const authorization = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      ...init,
      headers: { ...init.headers, ...authorization },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}
