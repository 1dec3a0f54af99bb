import { expect } from "chai";
import fc from "fast-check";
import { clearRefusals } from "./refusals.ts";
import { goodRecording, type MadeOperation, made } from "./testing/made-history.ts";

const request = (type: "fail" | "info", value: unknown): MadeOperation => ({
  f: "chunk",
  at: 10_000,
  end: 10_005,
  key: "a",
  node: "stt-1",
  type,
  value,
});
const clear = request("info", { httpStatus: 503, retryAfterMs: 1_000 });
const check = (...refused: MadeOperation[]) =>
  clearRefusals().check(made([...goodRecording("a", 0), ...refused]));

describe("the clear-refusals checker", () => {
  it("passes when every refusal is a 503 that says when to come again", () => {
    expect(check(clear, clear)).to.deep.include({
      verdict: "passed",
      counts: { refused: 2, unclear: 0, unanswered: 0 },
    });
  });

  it("does not mind refusals that are the client's to answer for", () => {
    expect(check(clear, request("fail", { httpStatus: 409, missing: [1] })).verdict).to.equal("passed");
  });

  it("finds a 503 without Retry-After, and any other 5xx", () => {
    const result = check(clear, request("info", { httpStatus: 503 }), request("info", { httpStatus: 500 }));
    expect(result.verdict).to.equal("failed");
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["unclear-refusal", "unclear-refusal"]);
  });

  it("finds a request that was never answered", () => {
    const result = check(clear, request("info", { seq: 0, bytes: 10 }));
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["unanswered"]);
    expect(result.anomalies[0]?.message).to.equal("chunk of a on stt-1: made");
  });

  it("is inconclusive when nothing was refused", () => {
    expect(check().verdict).to.equal("inconclusive");
  });

  it("passes any number of clear refusals, and names one that is not", () => {
    const harmful: Record<string, MadeOperation> = {
      "unclear-refusal": request("info", { httpStatus: 502, retryAfterMs: 1 }),
      unanswered: request("info", null),
    };
    const kinds = fc.constantFrom(...Object.keys(harmful));
    const refusals = fc.array(fc.constantFrom(clear, request("fail", { httpStatus: 404 })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(refusals, fc.nat(), kinds, (refused, pick, type) => {
        expect(check(clear, ...refused).verdict).to.equal("passed");
        const harmed = refused.toSpliced(pick % (refused.length + 1), 0, harmful[type] ?? clear);
        expect(check(clear, ...harmed).anomalies.map((found) => found.type)).to.deep.equal([type]);
      }),
    );
  });
});
