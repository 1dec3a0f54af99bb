import type { HistoryEvent } from "../../history/event.ts";

/** What a client does next. */
export interface Call {
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
  /** Does it to the simulated object, in one moment between invoke and completion. */
  act(): { readonly type: "ok" | "fail"; readonly value?: unknown };
  /** The client learns how it ended; of an `info` it learns nothing. */
  ended?(type: "ok" | "fail" | "info", value?: unknown): void;
}

/** A client that does one thing at a time. @param pick a number in `[0, n)`. */
export type Client = (pick: (n: number) => number) => Call;

/**
 * A correct concurrent execution: clients take turns at random, and every call takes effect in one moment between its invoke and
 * its completion. Some calls end `info`, of which some take effect before that, some long after it, and some never; some have not
 * completed when the decisions run out.
 *
 * @param picks random whole numbers; they decide who acts, what is done, and what is never answered.
 */
export function simulate(clients: readonly Client[], picks: readonly number[]): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const late: Call[] = [];
  let next = 0;
  let processes = clients.length;
  const pick = (n: number) => (picks[next++] ?? 0) % n;
  const states = clients.map((client, process) => ({
    client,
    process,
    under: undefined as Under | undefined,
  }));
  const write = (type: HistoryEvent["type"], process: number, { f, key, value }: Call, outcome = value) => {
    const index = events.length;
    const event = { index, time: index * 1e6, type, process, f, value: outcome ?? null };
    events.push(key === undefined ? event : { ...event, key });
  };

  while (next < picks.length) {
    const turn = pick(states.length + 1);
    const state = states[turn];
    if (state === undefined) {
      late.shift()?.act();
      continue;
    }
    const { under } = state;
    if (under === undefined) {
      const call = state.client(pick);
      write("invoke", state.process, call);
      state.under = { call };
    } else if (under.outcome === undefined) {
      const lost = pick(20) === 0;
      const unanswered = lost || pick(20) === 0;
      // Lost on its way: done later or never.
      const outcome = lost ? undefined : under.call.act();
      if (lost && pick(2) === 0) late.push(under.call);
      under.outcome = outcome === undefined || unanswered ? { type: "info" } : outcome;
    } else {
      const { type, value } = under.outcome;
      write(type, state.process, under.call, value);
      under.call.ended?.(type, value);
      state.under = undefined;
      if (type === "info") state.process = processes++;
    }
  }
  return events;
}

interface Under {
  readonly call: Call;
  outcome?: { readonly type: "ok" | "fail" | "info"; readonly value?: unknown };
}
