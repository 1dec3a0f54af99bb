import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import {
  BufferSource,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedPacketSink,
  FilePathTarget,
  Input,
  Output,
  WEBM,
  WebMOutputFormat,
} from "mediabunny";
import { z } from "zod";
import { speechWebm } from "./testing.test.ts";

const program = fileURLToPath(new URL("./testing/encode-and-measure.ts", import.meta.url));
const measured = z.object({ bytes: z.number(), seconds: z.number(), grownMiB: z.number() });

/** A WebM file of the speech, again and again. */
async function longRecording(path: string, seconds: number): Promise<void> {
  using input = new Input({ source: new BufferSource(speechWebm), formats: [WEBM] });
  const track = await input.getPrimaryAudioTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig) throw new Error("the speech has no audio track");
  const packets = await Array.fromAsync(new EncodedPacketSink(track).packets());

  const output = new Output({
    format: new WebMOutputFormat({ appendOnly: true }),
    target: new FilePathTarget(path),
  });
  const source = new EncodedAudioPacketSource("opus");
  output.addAudioTrack(source);
  await output.start();
  const duration = 0.02;
  for (let n = 0; n * duration < seconds; n++) {
    const data = packets[n % packets.length]?.data ?? new Uint8Array();
    await source.add(new EncodedPacket(data, "key", n * duration, duration), { decoderConfig });
  }
  await output.finalize();
}

describe("a recording of two hours", () => {
  it("is encoded with less than 64 MiB", async () => {
    const folder = await mkdtemp(join(tmpdir(), "long-"));
    try {
      const seconds = 2 * 60 * 60;
      const file = join(folder, "recording.webm");
      await longRecording(file, seconds);
      // Node hands NODE_V8_COVERAGE down unless told otherwise: measuring coverage takes memory, and twice the time.
      const env = { ...process.env, NODE_V8_COVERAGE: undefined };
      const { stdout } = await promisify(execFile)(process.execPath, [program, folder, file], { env });
      const { bytes, grownMiB } = measured.parse(JSON.parse(stdout));
      expect(bytes).to.be.closeTo(seconds * 32_000, 32_000);
      expect(grownMiB).to.be.lessThan(64);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
