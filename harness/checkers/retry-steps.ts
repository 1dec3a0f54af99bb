import type { HistoryEvent } from "../history/event.ts";
import { messagesRead, stageMessagesRead } from "../history/stage-message-operations.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Anomaly, Checker, CheckResult } from "./verdict.ts";

export interface RetryStepsOptions {
  /** So many retries the longest chain has at least, or the run proves little: inconclusive (default 2). */
  readonly longest?: number;
}

/**
 * The per-attempt layout of retry topics: what lies in `...-retry-0`, `...-retry-1` and so on in the end (workload `stageMessages`).
 *
 * - `wrong-topic`: a message lies in another topic than that of its attempt, which is one more than the topic's number
 * - `skipped-step`: a recording was retried in a topic, and never in the one before
 *
 * No retry read: inconclusive.
 */
export function retrySteps({ longest = 2 }: RetryStepsOptions = {}): Checker {
  return { name: "retry-steps", check: (events) => check(events, longest) };
}

/** The retries of a recording in one stage and version. */
interface Chain {
  readonly id: string;
  readonly stage: string;
  /** The read that shows each attempt. */
  readonly attempts: Map<number, HistoryEvent>;
}

function check(events: readonly HistoryEvent[], longest: number): CheckResult {
  const wrong: Anomaly[] = [];
  const chains = new Map<string, Chain>();
  for (const read of events) {
    const [, stage, step] = /^(.+)-retry-(\d+)$/.exec(read.key ?? "") ?? [];
    if (read.f !== stageMessagesRead || read.type !== "ok" || stage === undefined) continue;
    for (const { id, version, attempt } of messagesRead(read)) {
      if (attempt !== Number(step) + 1)
        wrong.push(anomaly("wrong-topic", `attempt ${attempt} of recording ${id} is in ${read.key}`, [read]));
      const name = `${stage} ${id} ${version}`;
      const chain = chains.get(name) ?? { id, stage, attempts: new Map() };
      chain.attempts.set(attempt, read);
      chains.set(name, chain);
    }
  }
  const most = Math.max(0, ...[...chains.values()].map(({ attempts }) => attempts.size));
  return resultOf("retry-steps", {
    anomalies: [...wrong, ...[...chains.values()].flatMap(skippedIn)],
    gaps: [
      ...(chains.size === 0 ? ["no retry was read"] : []),
      ...(chains.size > 0 && most < longest
        ? [`the longest chain has ${most} retries, needs ${longest}`]
        : []),
    ],
    passedReason: `${chains.size} chains of retries went from topic to topic, the longest through ${most}`,
    counts: { chains: chains.size, longest: most },
  });
}

function skippedIn({ id, stage, attempts }: Chain): Anomaly[] {
  return [...attempts].flatMap(([attempt, read]) =>
    attempt === 1 || attempts.has(attempt - 1)
      ? []
      : [
          anomaly(
            "skipped-step",
            `recording ${id} was retried in ${stage}-retry-${attempt - 1}, and never in ${stage}-retry-${attempt - 2}`,
            [read],
          ),
        ],
  );
}
