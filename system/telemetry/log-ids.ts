import { AsyncLocalStorage } from "node:async_hooks";
import { traceId } from "./tracing.ts";

/** What a piece of work is about. */
export interface LogIds {
  readonly requestId?: string;
  readonly recording?: string;
}

const present = new AsyncLocalStorage<LogIds>();

/** Runs `work`: every line it logs, also in what it awaits, carries these ids beside those it has already. */
export function withLogIds<T>(ids: LogIds, work: () => T): T {
  return present.run({ ...present.getStore(), ...ids }, work);
}

/** The ids of the present work, and its trace's where traces are recorded. A new object each time. */
export function logIds(): LogIds & { traceId?: string } {
  const trace = traceId();
  return { ...present.getStore(), ...(trace === undefined ? {} : { traceId: trace }) };
}
