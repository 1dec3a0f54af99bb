import { expect } from "chai";
import fc from "fast-check";
import { afterUnfinished, isTransientHttpStatus } from "./retry.ts";

describe("the retry decision", () => {
  it("makes exactly as many calls as the policy allows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (attempts) => {
        let calls = 1;
        let decision = afterUnfinished({ kind: "working" }, 0, { attempts });
        while (decision.next === "retry") {
          calls++;
          decision = afterUnfinished({ kind: "working" }, decision.attempt, { attempts });
        }
        expect(calls).to.equal(attempts);
      }),
    );
  });

  it("never repeats a permanent failure", () => {
    expect(afterUnfinished({ kind: "permanent", cause: "400" }, 0, { attempts: 10 })).to.deep.equal({
      next: "dead-letter",
      cause: "400",
    });
  });

  it("keeps the last cause when it gives up", () => {
    expect(afterUnfinished({ kind: "transient", cause: "503" }, 2, { attempts: 3 })).to.deep.equal({
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
