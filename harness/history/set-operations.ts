import { z } from "zod";
import type { HistoryEvent } from "./event.ts";
import { parseValue } from "./values.ts";

/**
 * The elements that an `ok` read of a set returned.
 * @throws UsageError naming the event when its value is no array.
 */
export function elementsRead(read: HistoryEvent): readonly unknown[] {
  // Asked of large reads first: a schema would copy them.
  return Array.isArray(read.value) ? read.value : parseValue(z.array(z.unknown()), read, "Sets");
}
