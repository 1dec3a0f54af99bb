import { Budget, type BudgetOptions } from "../checkers/budget.ts";
import { brokenChecker, runChecker } from "../checkers/check.ts";
import type { Checker, CheckResult, StreamingCheck } from "../checkers/verdict.ts";
import type { HistoryEvent } from "../history/event.ts";
import { OperationPairer } from "../history/operations.ts";
import { readEventsAt, readHistoryBlocks } from "../history/reader.ts";
import { UsageError } from "../util/errors.ts";

export interface CheckedFile {
  readonly result: CheckResult;
  /** What must be known of the evidence: a torn last line. */
  readonly notices: readonly string[];
}

/**
 * What a checker says of a history file. A checker that can stream sees each event once and holds what it must; the file
 * is then read again for the witnesses, if there are any. Any other checker gets the whole history.
 * @param budget for everything together; past it the verdict is inconclusive, with what was spent.
 * @throws UsageError naming the line that is malformed or breaks the rules of the format.
 */
export async function checkFile(
  path: string,
  checker: Checker,
  budget: BudgetOptions = {},
): Promise<CheckedFile> {
  const notices: string[] = [];
  const onTorn = (line: number) =>
    notices.push(`the last line (${line}) is torn, as after a crash; it was left out`);
  const allowed = new Budget(budget);
  const check = checker.stream?.(allowed);
  const result =
    check === undefined
      ? await checkHeld(path, checker, allowed, onTorn)
      : await checkStreamed(path, checker.name, check, onTorn);
  return { result, notices };
}

type OnTorn = (line: number) => void;

async function checkStreamed(
  path: string,
  name: string,
  check: StreamingCheck,
  onTorn: OnTorn,
): Promise<CheckResult> {
  try {
    await eachEvent(path, onTorn, (event) => {
      check.add(event);
      return check.spent !== true;
    });
    const events = await readEventsAt(path, check.wanted?.() ?? new Set());
    return check.end((place) => events.get(place));
  } catch (error) {
    return brokenChecker(name, error);
  }
}

async function checkHeld(
  path: string,
  checker: Checker,
  budget: Budget,
  onTorn: OnTorn,
): Promise<CheckResult> {
  const events: HistoryEvent[] = [];
  const rules = new OperationPairer();
  let overspent: string | undefined;
  await eachEvent(path, onTorn, (event) => {
    rules.add(event);
    events.push(event);
    if (events.length % 4096 === 0) overspent = budget.exceeded();
    return overspent === undefined;
  });
  overspent ??= budget.exceeded();
  if (overspent === undefined) return runChecker(checker, events, budget);
  const reason = `gave up after reading ${events.length} events: ${overspent}`;
  return { name: checker.name, verdict: "inconclusive", reason, anomalies: [], counts: {} };
}

/**
 * Hands on one event after another, until `take` wants no more.
 * @throws UsageError naming the line that `take` objects to.
 */
async function eachEvent(
  path: string,
  onTorn: OnTorn,
  take: (event: HistoryEvent) => boolean,
): Promise<void> {
  for await (const { events, lines } of readHistoryBlocks(path, { onTorn })) {
    for (let index = 0; index < events.length; index++) {
      const event = events[index];
      if (event === undefined) continue;
      try {
        if (!take(event)) return;
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        throw new UsageError(`${path}, line ${lines[index]}: ${error.message}`, error.hint);
      }
    }
  }
}
