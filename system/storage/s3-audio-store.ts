import { Readable } from "node:stream";
import {
  GetObjectCommand,
  HeadBucketCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { S3Config } from "../config.ts";
import { wavHeader, wavHeaderBytes } from "../domain/wav.ts";
import {
  AudioCorrupted,
  type AudioStore,
  AudioStoreUnavailable,
  type ExpectedChunk,
  sha256Of,
  verifiedChunk,
} from "./audio-store.ts";
import { S3Upload } from "./s3-upload.ts";

/** For one call with the SDK's own retries. */
const callTimeoutMs = 5_000;

/**
 * An audio store in a bucket of an S3-compatible server, under the keys `<id>/chunks/<seq, 8 digits>` and
 * `<id>/recording.wav`. The server must have conditional writes (`If-None-Match: *`) and be consistent: what it has
 * acknowledged, every reader sees.
 */
export class S3AudioStore implements AudioStore, Disposable {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ bucket, endpoint, region, credentials, forcePathStyle }: S3Config) {
    this.#bucket = bucket;
    this.#client = new S3Client({
      forcePathStyle,
      // What is not set is found as usual: in AWS_* variables, profiles, the machine's role.
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(credentials === undefined ? {} : { credentials }),
      requestHandler: { connectionTimeout: 2_000, socketTimeout: callTimeoutMs },
    });
  }

  /** Asks for the bucket, and whether a conditional write is refused where there is something already. */
  async check(): Promise<void> {
    const bucket = { Bucket: this.#bucket };
    await this.#call(`to find the bucket ${this.#bucket}`, (options) =>
      this.#client.send(new HeadBucketCommand(bucket), options),
    );
    await this.#putNew("check", new Uint8Array());
    if ((await this.#putNew("check", new Uint8Array())) === "stored") {
      throw new AudioStoreUnavailable(
        "to refuse a second write of check",
        new Error("the server ignores If-None-Match: choose one with conditional writes"),
      );
    }
  }

  async putChunk(recordingId: string, seq: number, bytes: Uint8Array, sha256: string) {
    const key = chunkKey(recordingId, seq);
    if ((await this.#putNew(key, bytes)) === "stored") return "stored";
    const existing = await this.#read(key);
    if (existing === null) {
      throw new AudioStoreUnavailable(
        `to store ${key}`,
        new Error("another write of it was under way, and failed"),
      );
    }
    return sha256Of(existing) === sha256 ? "same" : "different";
  }

  async *readChunks(recordingId: string, chunks: readonly ExpectedChunk[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      yield verifiedChunk(recordingId, chunk, await this.#read(chunkKey(recordingId, chunk.seq)));
    }
  }

  async writeWav(recordingId: string, samples: AsyncIterable<Uint8Array>): Promise<{ bytes: number }> {
    const key = wavKey(recordingId);
    const call = <T>(send: (options: { abortSignal: AbortSignal }) => Promise<T>) =>
      this.#call(`to write ${key}`, send);
    // A header's place first: only the end of the samples tells its content, so the part that holds it goes last.
    await using upload = new S3Upload(this.#client, { Bucket: this.#bucket, Key: key }, call);
    await upload.add(new Uint8Array(wavHeaderBytes));
    for await (const piece of samples) await upload.add(piece);
    const bytes = upload.bytes;
    await upload.complete(wavHeader(bytes - wavHeaderBytes));
    return { bytes };
  }

  async openWav(recordingId: string) {
    const key = wavKey(recordingId);
    const found = await this.#get(key);
    if (!found) throw new AudioCorrupted(`the WAV of ${recordingId} was written and is gone`);
    const { Body: stream, ContentLength: bytes } = found;
    if (!(stream instanceof Readable) || bytes === undefined)
      throw new Error(`no content of ${key} was answered`);
    return { bytes, stream };
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  /** `refused`: there is, or comes, an object of this name. */
  async #putNew(key: string, bytes: Uint8Array): Promise<"stored" | "refused"> {
    const put = new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes, IfNoneMatch: "*" });
    return this.#call(`to store ${key}`, async (options) => {
      try {
        await this.#client.send(put, options);
        return "stored";
      } catch (error) {
        if (hasStatus(error, 412) || hasStatus(error, 409)) return "refused";
        throw error;
      }
    });
  }

  async #read(key: string): Promise<Uint8Array | null> {
    const found = await this.#get(key);
    if (!found) return null;
    return this.#call(
      `to read ${key}`,
      async () => (await found.Body?.transformToByteArray()) ?? new Uint8Array(),
    );
  }

  #get(key: string) {
    return this.#call(`to read ${key}`, async (options) => {
      try {
        return await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }), options);
      } catch (error) {
        if (error instanceof NoSuchKey) return null; // another 404 is a bucket that is gone
        throw error;
      }
    });
  }

  async #call<T>(doing: string, send: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await send({ abortSignal: AbortSignal.timeout(callTimeoutMs) });
    } catch (error) {
      throw new AudioStoreUnavailable(doing, error);
    }
  }
}

const chunkKey = (recordingId: string, seq: number) =>
  `${recordingId}/chunks/${String(seq).padStart(8, "0")}`;
const wavKey = (recordingId: string) => `${recordingId}/recording.wav`;

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
