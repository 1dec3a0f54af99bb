import { z } from "zod";
import type { WrittenFault } from "../report/record.ts";
import type { Call } from "../util/call.ts";
import { messageOf, UsageError } from "../util/errors.ts";
import type { ScheduledFault } from "./schedule.ts";
import { conditionSchema, faultSchema } from "./vocabulary.ts";

/** A schedule as it stands in a run record; undefined when a fault, a target or a condition in it is of somebody's own. */
export function writtenSchedule(schedule: readonly ScheduledFault[]): WrittenFault[] | undefined {
  const written = schedule.map(({ fault, atMs, forMs, after }): WrittenFault | undefined => {
    if (fault.source === undefined) return undefined;
    if (after === undefined) return { atMs, forMs, fault: fault.source };
    return after.source && { atMs, forMs, fault: fault.source, after: after.source };
  });
  return written.every((one) => one !== undefined) ? written : undefined;
}

/**
 * The schedule that was written.
 * @throws UsageError for a call that is unknown, or has arguments that it does not take.
 */
export const scheduleFrom = (written: readonly WrittenFault[]): ScheduledFault[] =>
  written.map(({ fault, atMs, forMs, after }) => ({
    fault: made(faultSchema, fault),
    ...{ atMs, forMs },
    ...(after === undefined ? {} : { after: made(conditionSchema, after) }),
  }));

function made<T>(schema: z.ZodType<T>, call: Call): T {
  try {
    return schema.parse(call);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new UsageError(`the schedule has a ${call.call} that cannot be made again: ${why}`);
  }
}
