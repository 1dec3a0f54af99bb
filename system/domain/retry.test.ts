import { expect } from "chai";
import fc from "fast-check";
import { afterUnfinished, isTransientHttpStatus, longestDelayMs } from "./retry.ts";

const delayMs = 2_000;

describe("the retry decision", () => {
  it("makes exactly as many calls as the policy allows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (attempts) => {
        let calls = 1;
        let decision = afterUnfinished({ kind: "working" }, 0, { attempts, delayMs });
        while (decision.next === "retry") {
          calls++;
          decision = afterUnfinished({ kind: "working" }, decision.attempt, { attempts, delayMs });
        }
        expect(calls).to.equal(attempts);
      }),
    );
  });

  it("never repeats a permanent failure", () => {
    expect(afterUnfinished({ kind: "permanent", cause: "400" }, 0, { attempts: 10, delayMs })).to.deep.equal({
      next: "dead-letter",
      cause: "400",
    });
  });

  it("waits the policy's delay, or what the upstream asked for if that is longer, within bounds", () => {
    fc.assert(
      fc.property(fc.option(fc.nat(2 * longestDelayMs), { nil: undefined }), (retryAfterMs) => {
        const outcome = { kind: "transient", cause: "429", retryAfterMs } as const;
        const decision = afterUnfinished(outcome, 0, { attempts: 2, delayMs });
        if (decision.next !== "retry") throw new Error("expected a retry");
        expect(decision.delayMs).to.be.at.least(delayMs).and.at.most(longestDelayMs);
        if (retryAfterMs !== undefined && retryAfterMs <= longestDelayMs) {
          expect(decision.delayMs).to.equal(Math.max(delayMs, retryAfterMs));
        }
      }),
    );
  });

  it("keeps the last cause when it gives up", () => {
    expect(afterUnfinished({ kind: "transient", cause: "503" }, 2, { attempts: 3, delayMs })).to.deep.equal({
      next: "dead-letter",
      cause: "gave up after 3 attempts: 503",
    });
  });

  it("takes 408, 429 and 5xx for transient", () => {
    expect([400, 401, 404, 408, 422, 429, 500, 503].filter(isTransientHttpStatus)).to.deep.equal([
      408, 429, 500, 503,
    ]);
  });
});
