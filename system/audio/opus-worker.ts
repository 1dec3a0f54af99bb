import { parentPort, workerData } from "node:worker_threads";
import type { Container } from "./files.ts";
import { opusToPcm } from "./opus-to-pcm.ts";
import { UndecodableAudio } from "./undecodable-audio.ts";

/** What the worker is started with. */
export interface Task {
  readonly format: Container;
  /** Where the worker puts samples: it is used again and again, for buffers that are sent are let lie by the receiver. */
  readonly samples: SharedArrayBuffer;
}

/** What the worker says. It says "next" when it wants a piece, and after samples nothing but that until it is told "go on". */
export type FromWorker =
  | "next"
  | { readonly sampleBytes: number }
  | "done"
  | { readonly undecodable: string };

/** What it is told: the piece it wanted (null: there are no more), or to go on with the samples. */
export type ToWorker = { readonly piece: Uint8Array | null } | "go on";

if (!parentPort) throw new Error("this file runs in a worker thread: see decode-opus.ts");
const port = parentPort;
const task = workerData as Task;
const shared = new Uint8Array(task.samples);

let pieceCame = (_piece: Uint8Array | null) => {};
let goOn = () => {};
port.on("message", (message: ToWorker) => {
  if (message === "go on") goOn();
  else pieceCame(message.piece);
});

const say = (message: FromWorker) => port.postMessage(message);

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const came = new Promise<Uint8Array | null>((resolve) => {
      pieceCame = resolve;
    });
    say("next");
    const piece = await came;
    if (piece === null) return;
    yield piece;
  }
}

try {
  for await (const samples of opusToPcm(task.format, pieces())) {
    const told = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    shared.set(samples);
    say({ sampleBytes: samples.byteLength });
    await told;
  }
  say("done");
} catch (error) {
  if (!(error instanceof UndecodableAudio)) throw error;
  say({ undecodable: error.message }); // an error of a class of ours would not survive the way
}
