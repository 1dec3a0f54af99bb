import type { PinnedFile } from "./manifest.ts";

export interface FetchOptions {
  signal?: AbortSignal | undefined;
  /** Told how many bytes have arrived since the last call, where the registry's client tells. */
  onBytes?: (bytes: number) => void;
  /** Told why a try failed, when there will be another. */
  onRetry?: (reason: string) => void;
}

/** Fetches a file from its registry into an empty folder and returns its path there. */
export type Fetch = (file: PinnedFile, folder: string, options: FetchOptions) => Promise<string>;
