import { seededRandom } from "../../util/random.ts";

/** How a record is in the history: its number, or with keys the number as the position of its key's element. */
export type ShownValue = number | { readonly key: string; readonly seq: number };

export interface RecordsOptions {
  /** So many keys; 0: records have none. */
  readonly keys: number;
  /** The share of all records that the first key has; the others share the rest. */
  readonly hot: number;
  /** Sizes of the values in bytes, by turns; a value is at least as long as its number. */
  readonly bytes: readonly number[];
  readonly producers: number;
  readonly seed: number;
}

/**
 * What the records of the workload `kafkaLog` are, all by their number: the k-th has the same key, size and producer whoever asks.
 * A key has one producer, and with it one partition.
 */
export class LogRecords {
  readonly #options: RecordsOptions;

  constructor(options: RecordsOptions) {
    this.#options = options;
  }

  producerOf(number: number): number {
    const { keys, producers } = this.#options;
    return (keys === 0 ? number : this.#keyIndex(number)) % producers;
  }

  keyOf(number: number): string | undefined {
    return this.#options.keys === 0 ? undefined : `key-${this.#keyIndex(number) + 1}`;
  }

  bytesOf(number: number): number {
    const { bytes } = this.#options;
    return bytes[number % bytes.length] ?? 0;
  }

  shown(number: number): ShownValue {
    const key = this.keyOf(number);
    return key === undefined ? number : { key, seq: number };
  }

  #keyIndex(number: number): number {
    const { keys, hot, seed } = this.#options;
    const random = seededRandom(seed + number);
    if (keys === 1 || random() < hot) return 0;
    return 1 + Math.floor(random() * (keys - 1));
  }
}
