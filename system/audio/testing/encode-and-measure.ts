// Encodes an Opus file to a WAV, as the service does, and prints what it took: see ../long-recording.integration.test.ts.
import { createReadStream } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DirectoryAudioStore } from "../../storage/directory-audio-store.ts";
import { decodeOpus } from "../decode-opus.ts";

const [folder = "", file = ""] = process.argv.slice(2);
const store = new DirectoryAudioStore(folder);
await store.check(); // loads what any instance has loaded

const before = process.memoryUsage.rss();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const began = performance.now();
const chunks = createReadStream(file, { highWaterMark: 32 * 1024 });
const { bytes } = await store.writeWav("long", decodeOpus("webm", chunks));
console.log(
  JSON.stringify({
    bytes,
    seconds: (performance.now() - began) / 1_000,
    // The most that the process ever had, in KiB.
    grownMiB: (process.resourceUsage().maxRSS * 1_024 - before) / 2 ** 20,
    eventLoopDelayMs: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
  }),
);
