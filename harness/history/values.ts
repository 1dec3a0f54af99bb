import type { z } from "zod";
import { UsageError } from "../util/errors.ts";
import type { HistoryEvent } from "./event.ts";

/**
 * The value of an event, read by its schema.
 * @param section of docs/history-format.md that describes it.
 * @throws UsageError naming the event when the value has another shape.
 */
export function parseValue<T>(schema: z.ZodType<T>, event: HistoryEvent, section: string): T {
  const parsed = schema.safeParse(event.value);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `event ${event.index} (${event.type} ${event.f}) has a value of another shape: ${JSON.stringify(event.value)}`,
    `See docs/history-format.md, section ${section}.`,
  );
}
