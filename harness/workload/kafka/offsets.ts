/** What a client tells of a partition that it has written to: the offset of the first of the records, -1 when it does not know. */
export interface Written {
  readonly partition: number;
  readonly baseOffset?: string;
}

/**
 * The offset of each record of a send, where it is known: the records for one partition are written in one piece, in their
 * order. A partition that the client does not name, or names without an offset, leaves its records without.
 */
export function offsetsOf(
  records: readonly { readonly partition: number }[],
  written: readonly Written[],
): (number | undefined)[] {
  const next = new Map(written.map(({ partition, baseOffset = "-1" }) => [partition, Number(baseOffset)]));
  return records.map(({ partition }) => {
    const offset = next.get(partition) ?? -1;
    if (offset < 0) return undefined;
    next.set(partition, offset + 1);
    return offset;
  });
}
