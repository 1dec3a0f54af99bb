import type { AudioStoreConfig } from "../config.ts";
import type { AudioStore } from "./audio-store.ts";
import { DirectoryAudioStore } from "./directory-audio-store.ts";

/** The audio store that is configured. The client of S3 is loaded only when it is needed: it takes 20 MB. */
export async function createAudioStore(config: AudioStoreConfig): Promise<AudioStore & Disposable> {
  if (config.kind === "directory") return new DirectoryAudioStore(config.folder);
  const { S3AudioStore } = await import("./s3-audio-store.ts");
  return new S3AudioStore(config);
}
