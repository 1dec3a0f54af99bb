import { DefiniteHolds, type Hold } from "../checkers/holds.ts";
import type { HistoryEvent } from "../history/event.ts";
import { fenceOf } from "../history/lock-operations.ts";
import { OperationPairer } from "../history/operations.ts";
import type { Tenure } from "./owners.ts";

/** Who definitely held which lock when, from `acquire` and `release` (docs/checkers.md, mutex). */
export class LockHolders {
  readonly #pairer = new OperationPairer();
  readonly #tenures: Tenure[] = [];
  readonly #holds = new DefiniteHolds((hold, end) => this.#tenures.push(tenureOf(hold, end.time)));

  add(event: HistoryEvent): void {
    const operation = this.#pairer.add(event);
    if (operation === undefined) this.#holds.invoked(event);
    else this.#holds.completed({ invoke: operation.invoke, completion: event });
  }

  /** @param end of the axis, in ns: until then is held what was not released. */
  finish(end: number): Tenure[] {
    return [...this.#tenures, ...this.#holds.open().map((hold) => tenureOf(hold, end))];
  }
}

function tenureOf({ lock, owner, ok }: Hold, to: number): Tenure {
  const fence = fenceOf(ok);
  const mark = fence === undefined ? {} : { mark: `#${fence}` };
  return { what: lock || "the lock", owner, from: ok.time, to, ...mark };
}
