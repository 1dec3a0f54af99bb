import { expect } from "chai";
import { renderSummary, type SummaryMetric } from "./summary.ts";

const trend = (p95: number, thresholds: SummaryMetric["thresholds"], count = 10): SummaryMetric => ({
  type: "trend",
  contains: "time",
  values: { med: 1.2345, "p(95)": p95, "p(99)": 300, max: 1234.5, count },
  ...(thresholds === undefined ? {} : { thresholds }),
});

const render = (metrics: Record<string, SummaryMetric>, profile = "load") =>
  renderSummary(
    { metrics, state: { testRunDurationMs: 12_345 } },
    { script: "stt-load", profile, model: "closed", strict: false, scale: 1 },
  );

describe("the summary", () => {
  it("shows each threshold with what was measured", () => {
    const text = render({
      stt_chunk_duration: trend(12.3456, { "p(95)<500": { ok: true } }),
      http_req_failed: {
        type: "rate",
        contains: "default",
        values: { rate: 0.125, passes: 1, fails: 7 },
        thresholds: { "rate<0.05": { ok: false } },
      },
    });
    expect(text).to.include("stt-load: load, closed model, 12.3s");
    expect(text).to.match(/✓ stt_chunk_duration +p\(95\)<500 +12\.3ms\n/);
    expect(text).to.match(/✗ http_req_failed +rate<0\.05 +12\.5%\n/);
    expect(text).to.match(
      /stt_chunk_duration +med=1\.23ms {2}p\(95\)=12\.3ms {2}p\(99\)=300ms {2}max=1235ms\n/,
    );
    expect(text).to.match(/http_req_failed +12\.5% {2}\(1 of 8\)\n/);
  });

  it("does not call well what has no sample", () => {
    const text = render({
      ws_message_latency: trend(0, { "p(95)<500": { ok: true } }, 0),
      http_req_failed: {
        type: "rate",
        contains: "default",
        values: { rate: 0, passes: 0, fails: 0 },
        thresholds: { "rate<0.05": { ok: true } },
      },
    });
    expect(text).to.match(/\? ws_message_latency +p\(95\)<500 +no sample\n/);
    expect(text).to.match(/\? http_req_failed +rate<0\.05 +no sample\n/);
    expect(text).not.to.include("✓");
  });

  it("takes none of a counter for a value", () => {
    const values = { count: 0, rate: 0 };
    const thresholds = { "count<=2": { ok: true } };
    expect(
      render({ dropped_iterations: { type: "counter", contains: "default", values, thresholds } }),
    ).to.match(/✓ dropped_iterations +count<=2 +0\n/);
  });

  describe("of a ramp to the breaking point", () => {
    const offered_rate: SummaryMetric = { type: "gauge", contains: "default", values: { value: 17.25 } };

    it("says at which rate it broke, and by what", () => {
      const text = render(
        { offered_rate, stt_chunk_duration: trend(700, { "p(95)<500": { ok: false } }) },
        "breakpoint",
      );
      expect(text).to.include("breakpoint, open model");
      expect(text).to.include("breaking point: 17.3 iterations a second, by stt_chunk_duration p(95)<500\n");
    });

    it("says that it did not break", () => {
      const text = render(
        { offered_rate, stt_chunk_duration: trend(70, { "p(95)<500": { ok: true } }) },
        "breakpoint",
      );
      expect(text).to.include("breaking point: none up to 17.3 iterations a second");
    });

    it("says that nothing began", () => {
      expect(render({}, "breakpoint")).to.include("breaking point: no iteration began");
    });
  });
});
