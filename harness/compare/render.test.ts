import { expect } from "chai";
import { compareWindows } from "./compare.ts";
import { comparisonJunit, comparisonMarkdown } from "./render.ts";
import { turns } from "./testing/windows.ts";
import type { Measure } from "./window.ts";

/** Eight pairs: failures are the same, the median is 20 % slower, p95 is noise, and only A has `ws_message_latency`. */
function comparison() {
  const windows = (side: "a" | "b") =>
    Array.from({ length: 8 }, (_, n): Measure[] => {
      const value = (100 + n) * (side === "a" ? 1 : 1.2);
      const noisy = n % 2 === (side === "a" ? 0 : 1) ? 100 : 150;
      return [
        { metric: "http_req_failed", statistic: "failed", value: 0 },
        { metric: "stt_chunk_duration", statistic: "p(50)", value },
        { metric: "stt_chunk_duration", statistic: "p(95)", value: noisy },
        ...(side === "a" ? ([{ metric: "ws_message_latency", statistic: "p(50)", value: 5 }] as const) : []),
      ];
    });
  const { a, b } = turns(windows("a"), windows("b"));
  return compareWindows({ ...a, name: "main|1" }, { ...b, name: "<branch>" });
}

describe("a comparison for people and servers", () => {
  it("as Markdown leads with the verdict, and lets no name take effect", () => {
    expect(comparisonMarkdown(comparison()).split("\n")).to.deep.equal([
      "## ✕ regression: stt\\_chunk\\_duration p(50): 20 % slower",
      "",
      "|  | Measure | A | B | B against A | 95 % interval | In words |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      "| ✓ no difference | http\\_req\\_failed failed | 0 % | 0 % | 0 points | 0 points to 0 points | the same |",
      "| ✕ regression | stt\\_chunk\\_duration p(50) | 104 ms | 124 ms | 1.20 | 1.20 to 1.20 | 20 % slower |",
      "| ? inconclusive | stt\\_chunk\\_duration p(95) | 125 ms | 125 ms | 1.00 | 0.67 to 1.50 | too noisy: 33 % faster to 50 % slower; take longer windows, or a quieter machine |",
      "| ? inconclusive | ws\\_message\\_latency p(50) | 5 ms | – | – | – | B has no sample of it |",
      "",
      "A: main\\|1. B: &lt;branch>. 8 pairs of windows that took turns; up to 5 % counts as the same.",
      "",
    ]);
  });

  it("as JUnit makes a regression a failure, and what is not known an error", () => {
    const xml = comparisonJunit(comparison());
    expect(xml).to.include('tests="4" failures="1" errors="2" skipped="0"');
    expect(xml).to.include('name="stt_chunk_duration p(50)"');
    expect(xml).to.match(/<failure message="20 % slower[^"]*" type="regression"/);
    expect(xml).to.match(/<error message="too noisy[^"]*" type="inconclusive"/);
    expect(xml).to.include("A 104 ms, B 124 ms; 1.20 (1.20 to 1.20)");
  });
});
