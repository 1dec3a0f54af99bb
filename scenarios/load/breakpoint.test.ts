import { expect } from "chai";
import { millisecondsOf, rateAt, shapeOf } from "../../k6/lib/profiles.ts";
import { readSettings } from "../../k6/lib/settings.ts";
import { httpBounds, thresholdsOf } from "../../k6/lib/thresholds.ts";
import breakpoint from "./breakpoint.scenario.ts";

/** k6 looks at its thresholds so often (`thresholdsRate` of https://github.com/grafana/k6/blob/master/internal/metrics/engine/engine.go). */
const evaluatesEveryMs = 2_000;

describe("the scenario of the breaking point", () => {
  it("can fail: a service that is broken from the beginning ends the ramp below the rate that is asked of it", () => {
    const env = [...breakpoint.workload.description.matchAll(/([A-Z_]+)=([\d.]+)/g)];
    const settings = readSettings({
      PROFILE: "breakpoint",
      ...Object.fromEntries(env.map(([, name, value]) => [name, value])),
    });
    expect(settings).to.include({ scale: 0.3, maxRate: 10 });
    const shape = shapeOf(settings, 6);
    const [threshold] = thresholdsOf(httpBounds, settings, shape).http_req_failed ?? [];
    if (typeof threshold !== "object") expect.fail("the thresholds of a ramp end it");
    const endsAtMs = millisecondsOf(String(threshold.delayAbortEval)) + evaluatesEveryMs;
    const wanted = breakpoint.thresholds.find(({ metric }) => metric === "k6.offered_rate")?.bound;
    if (wanted === undefined || !("kind" in wanted)) expect.fail("a rate is asked of it");
    expect(wanted.bound.keeps(rateAt(shape.scenario, endsAtMs) ?? 0)).to.equal(false);
    expect(wanted.bound.keeps(settings.maxRate), "and can pass").to.equal(true);
  });
});
