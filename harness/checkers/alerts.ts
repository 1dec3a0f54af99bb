import type { Sample } from "../report/record.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { anomaly, resultOf } from "./result.ts";
import type { SampleChecker } from "./sample-checker.ts";
import type { Anomaly } from "./verdict.ts";

export interface AlertsOptions {
  /** The alert's name: `NoProgress`. */
  readonly fires: string;
  /** From the first fault's injection until it fires. */
  readonly within: Duration;
  /** From the heal of the last fault until it has stopped firing. */
  readonly clears: Duration;
}

/** A look at an alert. */
interface Look {
  readonly time: number;
  readonly firing: boolean;
}

const firing = 2;

/**
 * What an operator is told, and when: the alert is quiet before the first fault (for as long as it then has to fire), fires within its bound while the fault lasts, and clears
 * within its bound after the heal. `fired-early`: when nothing had been broken yet. `not-fired`, `fired-late`: from the injection.
 * `not-cleared`, `cleared-late`, `fired-again`: from the heal on. Inconclusive: an alert that was never looked at (no Prometheus, no such
 * rule), or not about the time when its bound was over; a fault that did not last as long as the bound, or was not healed. That an
 * alert clears and fires again while a fault lasts is not held against it; nor is anything after the heal, when it had not fired by then:
 * what never fired has nothing to clear.
 */
export function alerts(options: AlertsOptions): SampleChecker {
  const withinNs = milliseconds(options.within) * 1e6;
  const clearsNs = milliseconds(options.clears) * 1e6;
  return {
    name: "alerts",
    checkSamples(samples) {
      const looks = looksAt(options.fires, samples);
      const fault = faultSpan(samples);
      const result = (anomalies: readonly Anomaly[], gaps: readonly string[], more: Outcome = {}) =>
        resultOf("alerts", {
          anomalies,
          gaps,
          passedReason: `${options.fires} fired ${ago(more.firedNs)} after the fault, and cleared ${ago(more.clearedNs)} after its heal`,
          counts: {
            looks: looks.length,
            ...(more.firedNs === undefined ? {} : { "fired after (ms)": toMs(more.firedNs) }),
            ...(more.clearedNs === undefined ? {} : { "cleared after (ms)": toMs(more.clearedNs) }),
          },
        });
      if (looks.length === 0) return result([], [`the alert ${options.fires} was never looked at`]);
      if (typeof fault === "string") return result([], [fault]);

      const before = looks.filter(({ time }) => time < fault.from && time >= fault.from - withinNs);
      const during = looks.filter(({ time }) => time >= fault.from && time <= fault.to);
      const after = looks.filter(({ time }) => time > fault.to);
      const early = before.find((look) => look.firing);
      const judged = [
        judgeFiring(options.fires, during, { ...fault, withinNs }),
        ...(hasFired(during, after)
          ? [judgeClearing(options.fires, after, { healed: fault.to, clearsNs })]
          : []),
      ];
      return result(
        [
          ...(early === undefined
            ? []
            : [anomaly("fired-early", `${options.fires} fired though nothing had been broken yet`, [])]),
          ...judged.flatMap(({ anomalies }) => anomalies),
        ],
        [
          ...(before.length === 0 ? [`${options.fires} was not looked at before the fault`] : []),
          ...judged.flatMap(({ gaps }) => gaps),
        ],
        Object.assign({}, ...judged.map(({ outcome }) => outcome)),
      );
    },
  };
}

interface Outcome {
  readonly firedNs?: number;
  readonly clearedNs?: number;
}

interface Judged {
  readonly anomalies: readonly Anomaly[];
  readonly gaps: readonly string[];
  readonly outcome: Outcome;
}

const found = (type: string, message: string, outcome: Outcome = {}): Judged => ({
  anomalies: [anomaly(type, message, [])],
  gaps: [],
  outcome,
});

const open = (gap: string): Judged => ({ anomalies: [], gaps: [gap], outcome: {} });

/** By the heal; the first look after it shows what was so at the heal, when nobody looked before. */
const hasFired = (during: readonly Look[], after: readonly Look[]): boolean =>
  [...during, ...after.slice(0, 1)].some(({ firing }) => firing);

const toMs = (ns: number): number => Math.round(ns / 1e6);
const ago = (ns = 0): string => formatDuration(ns / 1e6);

function judgeFiring(
  alert: string,
  looks: readonly Look[],
  { from, to, withinNs }: { readonly from: number; readonly to: number; readonly withinNs: number },
): Judged {
  const bound = ago(withinNs);
  const place = looks.findIndex(({ firing }) => firing);
  const fired = looks[place];
  const quietNs = ((place < 0 ? looks : looks.slice(0, place)).at(-1)?.time ?? from) - from;
  if (fired !== undefined && fired.time - from <= withinNs)
    return { anomalies: [], gaps: [], outcome: { firedNs: fired.time - from } };
  if (to - from < withinNs)
    return open(
      `the fault lasted for ${ago(to - from)}, less than the ${bound} in which ${alert} is to fire`,
    );
  if (quietNs < withinNs)
    return open(`${alert} was not looked at when the ${bound} were over in which it is to fire`);
  if (fired === undefined)
    return found("not-fired", `${alert} never fired while the fault lasted, ${ago(to - from)}`);
  const firedNs = fired.time - from;
  return found("fired-late", `${alert} fired ${ago(firedNs)} after the fault; the bound is ${bound}`, {
    firedNs,
  });
}

function judgeClearing(
  alert: string,
  looks: readonly Look[],
  { healed, clearsNs }: { readonly healed: number; readonly clearsNs: number },
): Judged {
  const bound = ago(clearsNs);
  const place = looks.findIndex(({ firing }) => !firing);
  const cleared = looks[place];
  const firingNs = ((place < 0 ? looks : looks.slice(0, place)).at(-1)?.time ?? healed) - healed;
  if (cleared !== undefined && cleared.time - healed <= clearsNs) {
    const clearedNs = cleared.time - healed;
    const again = looks.slice(place).find(({ firing }) => firing);
    if (again === undefined) return { anomalies: [], gaps: [], outcome: { clearedNs } };
    const message = `${alert} cleared and fired again, ${ago(again.time - healed)} after the heal`;
    return found("fired-again", message, { clearedNs });
  }
  if (firingNs < clearsNs)
    return open(`${alert} was not looked at when the ${bound} were over in which it is to clear`);
  if (cleared === undefined)
    return found("not-cleared", `${alert} still fired ${ago(firingNs)} after the heal`);
  const clearedNs = cleared.time - healed;
  const message = `${alert} cleared ${ago(clearedNs)} after the heal; the bound is ${bound}`;
  return found("cleared-late", message, { clearedNs });
}

const looksAt = (alert: string, samples: readonly Sample[]): Look[] =>
  [
    ...Map.groupBy(
      samples.filter(({ metric, labels }) => metric === "alert_state" && labels?.alert === alert),
      ({ time }) => time,
    ),
  ]
    // A rule may stand several times, with bounds of different severity: one that fires is enough.
    .map(([time, atOnce]) => ({ time, firing: atOnce.some(({ value }) => value === firing) }))
    .sort((a, b) => a.time - b.time);

/** From the first injection to the last heal, in ns; or why there is none. */
function faultSpan(samples: readonly Sample[]): { readonly from: number; readonly to: number } | string {
  const ofFaults = samples.filter(({ metric }) => metric === "fault_active");
  const injected = ofFaults.filter(({ value }) => value === 1);
  const healed = ofFaults.filter(({ value }) => value === 0);
  if (injected.length === 0) return "no fault was injected";
  if (healed.length < injected.length) return "a fault was not healed, so that there is no end to count from";
  return {
    from: Math.min(...injected.map(({ time }) => time)),
    to: Math.max(...healed.map(({ time }) => time)),
  };
}
