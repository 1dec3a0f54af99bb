import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { execute } from "../execute.ts";
import type { Recipe, Way } from "../install.ts";
import { manifest, type PinnedFile } from "../manifest.ts";
import { platform } from "../platform.ts";
import { unpackNpm, unpackZipEntry } from "../unpack.ts";

const { version, library, recognition, detection } = manifest.speech;
const natives: Partial<Record<string, PinnedFile>> = manifest.speech.native;

/** What speech recognition consists of; paths. */
export const speechFilesSchema = z.object({
  /** The CommonJS package `sherpa-onnx-node`, for `require`. */
  library: z.string(),
  encoder: z.string(),
  decoder: z.string(),
  /** The recogniser's vocabulary, a line a token: its bytes in base64, and its number. */
  tokens: z.string(),
  /** The model that tells speech from everything else. */
  detector: z.string(),
  /** A reading of the beginning of "A Tale of Two Cities", 44 s at 48 kHz, to try it all with. */
  sample: z.string(),
});

export type SpeechFiles = z.infer<typeof speechFilesSchema>;

/** The files, from the component's folder. */
export const speechFiles = (folder: string): SpeechFiles => ({
  library: join(folder, "node_modules/sherpa-onnx-node"),
  encoder: join(folder, "models/encoder_model.ort"),
  decoder: join(folder, "models/decoder_model_merged.ort"),
  tokens: join(folder, "models/tokens.txt"),
  detector: join(folder, "models/silero_vad.onnx"),
  sample: join(folder, "two_cities.wav"),
});

/** The one way to come by speech recognition. */
export const speechWays: readonly Way[] = [speechRecipe];

function speechRecipe(): Recipe | undefined {
  const native = natives[platform];
  if (native === undefined) return undefined;
  return {
    component: "speech",
    part: "speech",
    version,
    source: "npm, PyPI",
    determinants: [library, native, recognition, detection],
    bytes: 200_000_000,
    files: [library, native, recognition, detection],
    async fill(folder, { obtain, say, signal }) {
      const files = speechFiles(folder);
      await unpackNpm(await obtain(library), files.library, (path) => !path.endsWith(".md"));
      const nativeFolder = join(folder, `node_modules/sherpa-onnx-${platform}`);
      await unpackNpm(await obtain(native), nativeFolder, (path) => !path.includes("libsherpa-onnx-cxx-api"));

      await mkdir(join(folder, "models"));
      const wheel = await obtain(recognition);
      const assets = "moonshine_voice/assets";
      await unpackZipEntry(wheel, `${assets}/tiny-en/encoder_model.ort`, files.encoder, 0o644);
      await unpackZipEntry(wheel, `${assets}/tiny-en/decoder_model_merged.ort`, files.decoder, 0o644);
      await unpackZipEntry(wheel, `${assets}/two_cities.wav`, files.sample, 0o644);
      const tokenizer = join(folder, "tokenizer.bin");
      await unpackZipEntry(wheel, `${assets}/tiny-en/tokenizer.bin`, tokenizer, 0o644);
      await writeFile(files.tokens, tokensText(await readFile(tokenizer)));
      await rm(tokenizer);
      await unpackZipEntry(await obtain(detection), "silero_vad/data/silero_vad.onnx", files.detector, 0o644);

      say("verify", "the recogniser understands a sentence");
      const check = fileURLToPath(new URL("./speech-check.ts", import.meta.url));
      const { stdout } = await execute(process.execPath, [check, JSON.stringify(files)], {
        signal,
        timeoutMs: 120_000,
      });
      if (!/best of times.*worst of times/i.test(stdout)) {
        throw new Error(`the recogniser understood ${JSON.stringify(stdout.trim())}`);
      }
    },
  };
}

const LONG = 0x80;

/**
 * Moonshine's `tokenizer.bin` as the text that sherpa-onnx reads. The binary form is one token after the other, each
 * behind its length: one byte, or two when the first has its highest bit (low seven bits first). A token's number is
 * its place.
 */
export function tokensText(tokenizer: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < tokenizer.length; ) {
    let length = tokenizer.readUInt8(at++);
    if (length >= LONG) length = tokenizer.readUInt8(at++) * LONG + length - LONG;
    if (at + length > tokenizer.length) throw new Error(`tokenizer.bin ends within token ${lines.length}`);
    // The bytes of a token need not be whole characters, so the word mark (U+2581) is replaced in base 256.
    const token = tokenizer.toString("latin1", at, at + length).replaceAll("\xe2\x96\x81", " ");
    lines.push(`${Buffer.from(token, "latin1").toString("base64")} ${lines.length}\n`);
    at += length;
  }
  return lines.join("");
}
