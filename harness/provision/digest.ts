import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Digest } from "./manifest.ts";

/** The digest of a file's content, read as a stream. */
export async function digestOf(file: string, algorithm: "sha256" | "sha512" = "sha256"): Promise<Digest> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return `${algorithm}:${hash.digest("hex")}`;
}

/** The algorithm a digest was made with. */
export function algorithmOf(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** A short name for a value: the same for equal JSON, another as soon as anything in it differs. */
export function keyOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
