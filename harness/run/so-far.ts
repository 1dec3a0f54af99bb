import { type AnyChecker, judgesSamples, type SampleWatch } from "../checkers/sample-checker.ts";
import { type CheckResult, mergeVerdicts } from "../checkers/verdict.ts";
import type { Sample } from "../report/record.ts";

/** What the checkers of samples say while a run goes on, of which the last word comes in the end. */
export class VerdictSoFar {
  readonly #watches: readonly SampleWatch[];

  constructor(checks: readonly AnyChecker[]) {
    this.#watches = checks.filter(judgesSamples).flatMap((checker) => checker.watchSamples?.() ?? []);
  }

  add(sample: Sample): void {
    for (const watch of this.#watches) watch.add(sample);
  }

  /** In one line; undefined where nothing can be said before the end. */
  say(): string | undefined {
    const results = this.#watches.map((watch) => watch.soFar());
    if (results.length === 0) return undefined;
    const of = (verdict: CheckResult["verdict"]) => results.filter((result) => result.verdict === verdict);
    const failed = of("failed").map(({ name, reason }) => `${name}: ${reason}`);
    if (failed.length > 0) return `failed so far: ${failed.join("; ")}`;
    const [passed, open] = [of("passed").length, of("inconclusive").length];
    return `${mergeVerdicts(results.map(({ verdict }) => verdict))} so far: ${passed} checks of samples passed, ${open} open`;
  }
}
