import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Container } from "./files.ts";
import { maxBatchBytes } from "./opus-to-pcm.ts";
import type { FromWorker, Task, ToWorker } from "./opus-worker.ts";
import { UndecodableAudio } from "./undecodable-audio.ts";

const workerFile = new URL("./opus-worker.ts", import.meta.url);

/** What it makes is short-lived, and would be let lie until it fills what it may. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 24 };

/** The thread's working time for which it may bring no samples: it needs 3 ms for those it brings at once. */
const patienceMs = 20_000;

/**
 * {@link opusToPcm} in a thread of its own, so that an hour's decoding does not keep the event loop from its timers and
 * heartbeats. The thread ends with the iteration.
 * @returns samples that are there until the next are asked for.
 * @throws UndecodableAudio; and whatever `encoded` throws.
 */
export async function* decodeOpus(
  format: Container,
  encoded: AsyncIterable<Uint8Array>,
  stuckAfterMs = patienceMs,
): AsyncGenerator<Uint8Array> {
  const task: Task = { format, samples: new SharedArrayBuffer(maxBatchBytes) };
  const worker = new Worker(workerFile, {
    workerData: task,
    resourceLimits,
    ...{ stdout: true, stderr: true }, // read by nobody: libraries write there what they also throw
  });
  const tell = (message: ToWorker) => worker.postMessage(message);
  const watch = new Watch(worker, stuckAfterMs);
  const pieces = encoded[Symbol.asyncIterator]();
  let said = expectation<Exclude<FromWorker, "next">>();
  worker.on("message", (message: FromWorker) => {
    if (message !== "next") return said.resolve(message);
    pieces.next().then(({ done, value }) => tell({ piece: done ? null : value }), said.reject);
  });
  try {
    for (;;) {
      const message = await Promise.race([said.promise, watch.ended]);
      if (message === "done") return;
      if ("undecodable" in message) throw new UndecodableAudio(message.undecodable);
      watch.progressed();
      said = expectation();
      yield new Uint8Array(task.samples, 0, message.sampleBytes);
      tell("go on");
    }
  } finally {
    watch.stop();
    await worker.terminate();
    await pieces.return?.();
  }
}

/** A promise that may also reject while nobody waits for it: whoever waits next is told. */
function expectation<T>(): PromiseWithResolvers<T> {
  const resolvers = Promise.withResolvers<T>();
  resolvers.promise.catch(() => {});
  return resolvers;
}

/** Nothing that plays for hours takes so much: what does is made to. */
function tooLarge(error: unknown): UndecodableAudio | undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"))
    return undefined;
  return new UndecodableAudio(`decoding it takes more than ${resourceLimits.maxOldGenerationSizeMb} MiB`);
}

/**
 * Notices that the worker has ended, or runs in circles. Counted is the time it works, not the time that passes: a machine
 * under load, or a process that is stopped for a while, is no reason to give up a recording.
 */
class Watch {
  /** Rejects. */
  readonly ended: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  readonly #stopped = new AbortController();
  #workedMs = 0;
  #workedAtProgress = 0;

  constructor(worker: Worker, stuckAfterMs: number) {
    const { promise, reject } = expectation<never>();
    this.ended = promise;
    worker.on("error", () => {}); // also one that comes when nobody waits any more must not end the process
    const { signal } = this.#stopped;
    once(worker, "exit", { signal }).then(
      () => reject(new Error("the decoding thread ended before its work was done")),
      (error: unknown) => reject(tooLarge(error) ?? error), // its error, if it had one
    );
    this.#timer = setInterval(async () => {
      const usage = await worker.cpuUsage().catch(() => undefined);
      if (!usage) return; // it has ended
      this.#workedMs = (usage.user + usage.system) / 1_000;
      if (this.#workedMs - this.#workedAtProgress > stuckAfterMs) {
        reject(
          new UndecodableAudio(`the decoder found no end of it, nor samples, in ${stuckAfterMs} ms of work`),
        );
      }
    }, stuckAfterMs / 10);
  }

  progressed(): void {
    this.#workedAtProgress = this.#workedMs;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopped.abort();
  }
}
