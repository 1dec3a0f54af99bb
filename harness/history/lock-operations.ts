import { z } from "zod";
import type { HistoryEvent } from "./event.ts";
import { parseValue } from "./values.ts";

/**
 * The operations of lock users: `acquire` and `release` (the key is the lock), and `guarded-write` (the key is the
 * resource that the lock guards), a write that carries the fencing token of its writer's hold.
 */

const acquired = z.object({ fence: z.number().optional() }).nullish();
const owned = z.object({ owner: z.union([z.string(), z.number()]) });
const guardedWrite = z.object({ fence: z.number(), value: z.unknown() });

/**
 * The fencing token of an `ok` acquire; undefined when it carries none.
 * @throws UsageError naming the event when its value is neither null nor {"fence": n}.
 */
export function fenceOf(acquire: HistoryEvent): number | undefined {
  return parseValue(acquired, acquire, "Locks")?.fence;
}

/** Who invokes an acquire or release, where it says so; otherwise its process stands for itself. */
export function ownerOf(invoke: HistoryEvent): string | undefined {
  const parsed = owned.safeParse(invoke.value);
  return parsed.success ? String(parsed.data.owner) : undefined;
}

/**
 * The fencing token that an `ok` guarded-write was accepted with.
 * @throws UsageError naming the event when its value has another shape.
 */
export function writtenFence(write: HistoryEvent): number {
  return parseValue(guardedWrite, write, "Locks").fence;
}
