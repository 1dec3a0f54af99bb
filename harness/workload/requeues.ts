import { z } from "zod";
import { requeue } from "../history/requeue-operations.ts";
import { hasEnded, okValues } from "../history/transcription-operations.ts";
import { type Scope, signToken } from "../topology/token.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { messageOf, UsageError } from "../util/errors.ts";
import { TimeoutError, until } from "../util/until.ts";
import { type Outcome, SttClient, type SttRequest } from "./stt-client.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

export interface RequeuesOptions {
  /** Time between two looks (default 2 s). */
  readonly every?: Duration;
  /** How long the requeued recordings may take to end after the stop (default 30 s). */
  readonly drainWithin?: Duration;
}

export type RequeuesStats = Readonly<{ requeued: number }>;

const listed = z.object({ deadLetters: z.array(z.object({ id: z.string(), owner: z.string() })) });
type DeadLetter = z.infer<typeof listed>["deadLetters"][number];

/**
 * An administrator who looks again and again which recordings are FAILED, and requeues each (`requeue`). For
 * `mixed` with what makes recordings; in the end every requeued one has ended again, or the drain time is over.
 */
export function requeues({
  every = "2s",
  drainWithin = "30s",
}: RequeuesOptions = {}): Workload<RequeuesStats> {
  const settings = { everyMs: milliseconds(every), drainMs: milliseconds(drainWithin) };
  return {
    name: "requeues",
    description: `an administrator requeues what FAILED, every ${settings.everyMs} ms`,
    start: (context) => {
      if (context.services.length === 0)
        throw new UsageError("requeues: the topology has no instance of the service");
      return new RunningRequeues(settings, context);
    },
  };
}

class RunningRequeues implements RunningWorkload<RequeuesStats> {
  readonly #context: WorkloadContext;
  readonly #drainMs: number;
  readonly #client: SttClient;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  /** Whose they are, by the recordings' ids. */
  readonly #requeued = new Map<string, string>();
  #process: number;
  #turn = 0;
  #broken: { error: unknown } | undefined;

  constructor({ everyMs, drainMs }: { everyMs: number; drainMs: number }, context: WorkloadContext) {
    this.#context = context;
    this.#drainMs = drainMs;
    this.#client = new SttClient(context.services, { connections: 2 });
    this.#process = context.history.newProcess();
    this.#looking = this.#look(everyMs).catch((error: unknown) => {
      if (!context.signal.aborted) this.#broken = { error };
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  /** One more look when nobody else asks for anything, then waits until whatever was requeued has ended again. */
  async drained(): Promise<void> {
    const { clock, signal } = this.#context;
    this.stop();
    await this.#looking;
    if (this.#broken) throw this.#broken.error;
    await until(() => this.#allEnded(), "every requeued recording has ended", clock)
      .every("500ms")
      .unless(signal)
      .atMost(`${this.#drainMs}ms`)
      .catch((error: unknown) => {
        if (!(error instanceof TimeoutError)) throw error; // the final reads will show it
      });
  }

  async finalReads(): Promise<void> {}

  stats(): RequeuesStats {
    return { requeued: this.#requeued.size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#looking;
    await this.#client[Symbol.asyncDispose]();
  }

  async #look(everyMs: number): Promise<void> {
    const { clock, signal } = this.#context;
    const over = AbortSignal.any([this.#stop.signal, signal]);
    while (!over.aborted) {
      await this.#requeueAll();
      await clock.sleep(everyMs, over).catch(() => {});
    }
  }

  async #requeueAll(): Promise<void> {
    const answer = await this.#ask("GET", "/api/admin/dead-letters?limit=1000", "admin", ["stt:admin"]);
    if (answer.type !== "ok") return; // the next look is soon
    for (const letter of listed.parse(answer.body).deadLetters) await this.#requeue(letter);
  }

  async #requeue({ id, owner }: DeadLetter): Promise<void> {
    const { history } = this.#context;
    const invocation = history.invoke({ f: requeue, key: id, process: this.#process });
    const path = `/api/admin/dead-letters/${id}/requeue`;
    const answer = await this.#ask("POST", path, "admin", ["stt:admin"]);
    if (answer.type !== "fail") this.#requeued.set(id, owner);
    if (answer.type === "ok") invocation.ok();
    else if (answer.type === "fail") invocation.fail(answer.error);
    else {
      invocation.info(answer.error);
      this.#process = history.newProcess();
    }
  }

  async #allEnded(): Promise<boolean> {
    await this.#requeueAll();
    for (const [id, owner] of this.#requeued) {
      const answer = await this.#ask("GET", `/api/stt/recordings/${id}/status`, owner, ["stt:read"]);
      if (answer.type !== "ok" || !hasEnded(okValues.status.parse(answer.body).status)) return false;
    }
    return true;
  }

  async #ask(
    method: SttRequest["method"],
    path: string,
    subject: string,
    scopes: readonly Scope[],
  ): Promise<Outcome> {
    const { services, jwtSecret, signal } = this.#context;
    const service = services[this.#turn++ % services.length];
    if (service === undefined) throw new Error("there is nobody to ask");
    const token = await signToken(jwtSecret, subject, scopes);
    return this.#client
      .send(service, { method, path, token, signal })
      .catch((error: unknown) => ({ type: "info", error: messageOf(error) }));
  }
}
