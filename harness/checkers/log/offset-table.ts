/** What is known of an offset: the value first seen there, and whether a poll saw it. */
interface Page {
  /** The value's number plus 1; 0: none. */
  readonly values: Int32Array;
  readonly polled: Uint8Array;
}

const pageSize = 512;

/**
 * Offsets of a partition, at five bytes each. Offsets may start anywhere and have gaps, but come close together, as
 * those of a log do; each stretch of 512 takes its room as soon as one of it is used.
 */
export class OffsetTable {
  readonly #pages = new Map<number, Page>();
  /** The page used last: most uses are close to the one before. */
  #current: Page = newPage();
  #currentNumber = -1;

  /** The number of the value at an offset; undefined when nothing is known of it. */
  valueAt(offset: number): number | undefined {
    const value = this.#pageOf(offset).values[offset % pageSize] ?? 0;
    return value === 0 ? undefined : value - 1;
  }

  setValue(offset: number, value: number): void {
    this.#pageOf(offset).values[offset % pageSize] = value + 1;
  }

  /** Marks an offset as polled; returns whether it was already. */
  markPolled(offset: number): boolean {
    const { polled } = this.#pageOf(offset);
    const index = offset % pageSize;
    const before = polled[index] === 1;
    polled[index] = 1;
    return before;
  }

  /** All polled offsets, rising, but those whose value (by its number) is left out. */
  polledOffsets(leftOut: ReadonlySet<number>): Float64Array {
    const offsets: number[] = [];
    for (const [number, { values, polled }] of this.#pages) {
      for (let index = 0; index < pageSize; index++) {
        if (polled[index] === 1 && !leftOut.has((values[index] ?? 0) - 1))
          offsets.push(number * pageSize + index);
      }
    }
    return Float64Array.from(offsets).sort();
  }

  #pageOf(offset: number): Page {
    const number = Math.floor(offset / pageSize);
    if (number === this.#currentNumber) return this.#current;
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = newPage();
      this.#pages.set(number, page);
    }
    this.#current = page;
    this.#currentNumber = number;
    return page;
  }
}

function newPage(): Page {
  return { values: new Int32Array(pageSize), polled: new Uint8Array(pageSize) };
}
