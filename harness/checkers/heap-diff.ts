import type { HeapClasses } from "./heap-classes.ts";

/** What a later heap has more of a constructor. */
export interface HeapGrowth {
  readonly name: string;
  /** May be zero or below: an array or a table that grows is one object, before and after. */
  readonly count: number;
  readonly bytes: number;
  /** In the later heap. */
  readonly countAfter: number;
}

/** What a later heap has more of than an earlier one, by bytes, the most first; of as many bytes by count. */
export function heapDiff(before: HeapClasses, after: HeapClasses, most = 20): HeapGrowth[] {
  return [...after]
    .map(([name, { count, bytes }]) => {
      const was = before.get(name) ?? { count: 0, bytes: 0 };
      return { name, count: count - was.count, bytes: bytes - was.bytes, countAfter: count };
    })
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes || b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, most);
}
