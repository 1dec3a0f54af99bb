import type { Readiness } from "../contract/api.ts";
import { DeadlineError, withDeadline } from "../telemetry/clock.ts";

/** One thing the service needs. Rejects, or resolves to false, when it is not there. */
export type HealthCheck = () => boolean | Promise<unknown>;

const checkDeadlineMs = 1_500;

/** Runs all checks at once, none longer than 1.5 s. */
export async function checkReadiness(checks: Readonly<Record<string, HealthCheck>>): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        const outcome = await withDeadline(Promise.resolve(check()), checkDeadlineMs, name);
        return [name, outcome === false ? { ok: false } : { ok: true }] as const;
      } catch (error) {
        const detail = error instanceof DeadlineError ? "no answer in time" : String(error);
        return [name, { ok: false, detail }] as const;
      }
    }),
  );
  return { ready: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
}
