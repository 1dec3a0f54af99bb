import { expect } from "chai";
import { shapeOf } from "./profiles.ts";
import { readSettings } from "./settings.ts";
import { type Bound, httpBounds, kafkaBounds, liveBounds, thresholdsOf } from "./thresholds.ts";

function thresholds(bounds: readonly Bound[], environment: Record<string, string> = {}) {
  const settings = readSettings(environment);
  return thresholdsOf(bounds, settings, shapeOf(settings, 6));
}

describe("the thresholds", () => {
  it("are those of the test plan, by its names", () => {
    expect(thresholds(httpBounds)).to.deep.equal({
      stt_start_duration: ["p(95)<1000"],
      stt_chunk_duration: ["p(95)<500"],
      stt_status_duration: ["p(95)<300"],
      http_req_failed: ["rate<0.05"],
      stt_failed: ["rate<0.05"],
    });
    expect(thresholds(liveBounds)).to.deep.equal({
      ws_connect_duration: ["p(95)<3000"],
      ws_message_latency: ["p(95)<500"],
      stt_failed: ["rate<0.05"],
    });
  });

  it("are a tenth with STRICT", () => {
    expect(thresholds(httpBounds, { STRICT: "1" })).to.deep.equal({
      stt_start_duration: ["p(95)<100"],
      stt_chunk_duration: ["p(95)<50"],
      stt_status_duration: ["p(95)<30"],
      http_req_failed: ["rate<0.005"],
      stt_failed: ["rate<0.005"],
    });
    expect(thresholds(liveBounds, { STRICT: "1" })).to.deep.include({
      ws_connect_duration: ["p(95)<300"],
      ws_message_latency: ["p(95)<50"],
    });
  });

  it("let no record be missing, STRICT or not", () => {
    for (const STRICT of ["0", "1"])
      expect(thresholds(kafkaBounds, { STRICT })).to.deep.include({
        kafka_missing: ["count==0"],
        kafka_received: ["count>0"],
      });
  });

  it("bound what an open load drops by a hundredth of its arrivals", () => {
    expect(thresholds(httpBounds, { MODEL: "open" })).to.deep.include({ dropped_iterations: ["count<=2"] });
    expect(thresholds(httpBounds, { MODEL: "open", PROFILE: "smoke" }), "none of three").to.deep.include({
      dropped_iterations: ["count<=0"],
    });
    expect(thresholds(httpBounds), "a closed load drops nothing").not.to.have.property("dropped_iterations");
  });

  it("end a ramp to the breaking point, each of them", () => {
    const all = thresholds(httpBounds, { PROFILE: "breakpoint" });
    expect(Object.keys(all)).to.include.members([
      "stt_start_duration",
      "http_req_failed",
      "dropped_iterations",
    ]);
    for (const [threshold] of Object.values(all))
      expect(threshold).to.include({ abortOnFail: true }).and.to.have.property("delayAbortEval");
  });
});
