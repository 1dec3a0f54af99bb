import { recovery } from "../checkers/recovery.ts";
import type { SteadyState } from "../checkers/steady-state.ts";
import type { History } from "../history/recorder.ts";
import type { Duration } from "../util/duration.ts";
import { EnvironmentError } from "../util/errors.ts";
import { TimeoutError, until } from "../util/until.ts";

/** A service that is being waited for. */
export interface Watched {
  readonly history: History;
  readonly steadyState: SteadyState;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Told at each look how it stands. */
  readonly polled: (how: string) => void;
}

/** How long a topology may take to do its work steadily, once all nodes are ready. */
const steadyWithin = "90s";

/** Whether the hypothesis holds at this moment. */
export const holdsNow = ({ history, steadyState }: Pick<Watched, "history" | "steadyState">): boolean =>
  steadyState.holds(history.events, history.now()).holds;

/**
 * Waits until the hypothesis has held for a while.
 * @param holdMs how long; each look judges a whole window.
 * @param hint for the error: what may help to find out why.
 * @throws EnvironmentError saying why it did not hold.
 */
export async function untilSteady(
  { history, steadyState, signal, polled }: Watched,
  holdMs: number,
  hint: () => string,
): Promise<void> {
  let reasons: readonly string[] = [];
  let since: number | undefined;
  const held = () => {
    const judgement = steadyState.holds(history.events, history.now());
    reasons = judgement.reasons;
    if (!judgement.holds) since = undefined;
    else since ??= history.now();
    polled(judgement.holds ? "the hypothesis holds" : (reasons[0] ?? ""));
    return since !== undefined && history.now() - since >= holdMs * 1e6;
  };
  try {
    await until(held, "the service is in its steady state")
      .every("250ms")
      .unless(signal)
      .atMost(steadyWithin);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new EnvironmentError(`${error.message}: ${reasons.join("; ")}`, { hint: hint() });
  }
}

/**
 * Waits until the hypothesis has held again, after each fault, for as long as it takes to be sure; or for so long in vain.
 * @param injections when the faults struck, on the run's axis.
 */
export async function untilRecovered(
  { history, steadyState, signal, polled }: Watched,
  injections: readonly number[],
  giveUpAfter: Duration,
): Promise<void> {
  const recovered = () => {
    polled(holdsNow({ history, steadyState }) ? "the hypothesis holds; making sure" : "not yet well");
    return injections.every((at) => recovery(history.events, at, steadyState).rtoMs !== null);
  };
  await until(recovered, "the service has recovered")
    .every("500ms")
    .unless(signal)
    .atMost(giveUpAfter)
    .catch((error: unknown) => {
      if (!(error instanceof TimeoutError)) throw error; // not recovered: the verdict will say so
    });
}
