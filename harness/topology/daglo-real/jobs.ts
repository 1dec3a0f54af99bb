import { rm } from "node:fs/promises";
import { monotonicFactory } from "ulid";
import { messageOf } from "../../util/errors.ts";
import type { Job, JobKind } from "./job.ts";
import type { JobFiles } from "./job-files.ts";
import type { Transcriber } from "./recognizer.ts";
import { summarize } from "./summary.ts";

export interface JobLimits {
  /** Recordings that wait or are at work; more are refused. */
  readonly waiting: number;
  /** Results that are kept, the newest. */
  readonly kept: number;
  /** Milliseconds for which a result is kept. */
  readonly keptMs: number;
}

/** What a job is made of; the digest is that of all that was sent. */
export type NewJob = { readonly key: string | null; readonly digest: string } & (
  | { readonly kind: "transcript"; readonly upload: string }
  | { readonly kind: "summary"; readonly text: string }
);

/** As many recordings wait as may. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
}

/** The same Idempotency-Key came with something else. */
export class KeyReused extends Error {
  override readonly name = "KeyReused";
}

/** A recording at which the process ended this often is not tried again. */
const MOST_ATTEMPTS = 3;

const nextUlid = monotonicFactory();

/**
 * The jobs: recordings are transcribed one after the other, texts are summarised at once. An accepted job is on the
 * disk; after a crash, those not done are done from their beginning.
 */
export class Jobs implements AsyncDisposable {
  readonly #files: JobFiles;
  readonly #transcriber: Transcriber;
  readonly #limits: JobLimits;
  /** By rid, the oldest first. */
  readonly #jobs = new Map<string, Job>();
  /** By kind and Idempotency-Key; resolves when the job is on the disk. */
  readonly #byKey = new Map<string, Promise<Job>>();
  /** Recordings to transcribe, the one at work first. */
  readonly #waiting: Job[] = [];
  /** Recordings on their way to the disk. */
  #accepting = 0;
  readonly #progress = new Map<string, number>();
  readonly #stop = new AbortController();
  #work: Promise<void> | undefined;

  private constructor(files: JobFiles, transcriber: Transcriber, limits: JobLimits) {
    this.#files = files;
    this.#transcriber = transcriber;
    this.#limits = limits;
  }

  /** Takes up the jobs that the folder holds. */
  static async open(files: JobFiles, transcriber: Transcriber, limits: JobLimits): Promise<Jobs> {
    const jobs = new Jobs(files, transcriber, limits);
    for (const job of await files.load()) {
      jobs.#jobs.set(job.rid, job);
      if (job.key !== null) jobs.#byKey.set(keyOf(job.kind, job.key), Promise.resolve(job));
      if (job.state.name === "waiting") jobs.#waiting.push(job);
    }
    jobs.#workOn();
    return jobs;
  }

  /** Whether no further recording is accepted now. */
  get isFull(): boolean {
    return this.#waiting.length + this.#accepting >= this.#limits.waiting;
  }

  /** @returns undefined for a job that never was, or that is forgotten. */
  get(kind: JobKind, rid: string): Job | undefined {
    const job = this.#jobs.get(rid);
    return job?.kind === kind ? job : undefined;
  }

  /** The per cent of a waiting job that is done. */
  progressOf(rid: string): number {
    return this.#progress.get(rid) ?? 0;
  }

  /**
   * Accepts a job; it is on the disk when this resolves. With the key of an earlier one of its kind: returns that one.
   * The upload is taken away, whatever happens.
   * @throws KeyReused when the earlier one was sent with something else; QueueFull.
   */
  async submit(submission: NewJob): Promise<Job> {
    try {
      return await this.#submit(submission);
    } finally {
      if (submission.kind === "transcript") await rm(submission.upload, { force: true });
    }
  }

  async #submit(submission: NewJob): Promise<Job> {
    const { kind, key, digest } = submission;
    await this.#forgetOld();
    const earlier = key === null ? undefined : this.#byKey.get(keyOf(kind, key));
    if (earlier !== undefined) {
      const job = await earlier;
      if (job.digest !== digest) throw new KeyReused(`the key ${key} came with something else before`);
      return job;
    }
    if (kind === "transcript" && this.isFull) throw new QueueFull(`${this.#waiting.length} recordings wait`);
    // Nothing is awaited between the look at the key and this: two submissions at once are one job.
    const accepted = this.#accept(submission);
    if (key !== null) this.#byKey.set(keyOf(kind, key), accepted);
    return accepted;
  }

  async #accept(submission: NewJob): Promise<Job> {
    const { kind, key, digest } = submission;
    const job: Job = {
      rid: `${kind === "transcript" ? "rid" : "sum"}-${nextUlid()}`,
      ...{ kind, key, digest },
      createdAt: Date.now(),
      attempts: 0,
      state: kind === "transcript" ? { name: "waiting" } : { name: "done", text: summarize(submission.text) },
    };
    this.#accepting++;
    try {
      if (kind === "transcript") await this.#files.keepAudio(job.rid, submission.upload);
      await this.#files.save(job);
    } catch (error) {
      if (key !== null) this.#byKey.delete(keyOf(kind, key));
      throw error;
    } finally {
      this.#accepting--;
    }
    this.#jobs.set(job.rid, job);
    if (kind === "transcript") this.#waiting.push(job);
    this.#workOn();
    return job;
  }

  /** What was accepted and is not done stays for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the server stops"));
    await this.#work;
  }

  #workOn(): void {
    // A disk that does not take a result ends the process, by way of the unhandled rejection.
    this.#work ??= this.#workThrough().finally(() => {
      this.#work = undefined;
    });
  }

  async #workThrough(): Promise<void> {
    for (let job = this.#waiting[0]; job && !this.#stop.signal.aborted; job = this.#waiting[0]) {
      const state = await this.#transcribe(job);
      if (state === undefined) return;
      await this.#files.save({ ...job, state }); // a result that somebody saw is not undone by a crash
      job.state = state;
      await this.#files.removeAudio(job.rid);
      this.#progress.delete(job.rid);
      this.#waiting.shift();
    }
  }

  /** @returns undefined when the server stops meanwhile. */
  async #transcribe(job: Job): Promise<Job["state"] | undefined> {
    if (job.attempts >= MOST_ATTEMPTS) {
      return {
        name: "failed",
        reason: `the server ended ${job.attempts} times while it was at this recording`,
      };
    }
    job.attempts++;
    await this.#files.save(job);
    const onProgress = (percent: number) => this.#progress.set(job.rid, percent);
    try {
      this.#stop.signal.throwIfAborted();
      const audio = this.#files.audioOf(job.rid);
      return { name: "done", text: await this.#transcriber.transcribe(audio, onProgress, this.#stop.signal) };
    } catch (error) {
      if (!this.#stop.signal.aborted) return { name: "failed", reason: messageOf(error) };
      job.attempts--; // a stop that was asked for says nothing about the recording
      await this.#files.save(job);
      return undefined;
    }
  }

  async #forgetOld(): Promise<void> {
    const ended = [...this.#jobs.values()].filter(({ state }) => state.name !== "waiting");
    const tooMany = ended.length - this.#limits.kept;
    const outdated = Date.now() - this.#limits.keptMs;
    const old = ended.filter(({ createdAt }, index) => index < tooMany || createdAt < outdated);
    for (const { rid, kind, key } of old) {
      this.#jobs.delete(rid);
      if (key !== null) this.#byKey.delete(keyOf(kind, key));
    }
    await Promise.all(old.map(({ rid }) => this.#files.remove(rid)));
  }
}

const keyOf = (kind: JobKind, key: string): string => `${kind} ${key}`;
