import { expect } from "chai";
import fc from "fast-check";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

describe("Retry-After", () => {
  it("is a number of seconds, or a date", () => {
    expect(parseRetryAfter("3", now)).to.equal(3_000);
    expect(parseRetryAfter(" 0 ", now)).to.equal(0);
    expect(parseRetryAfter("Fri, 02 Jan 2026 03:04:15 GMT", now)).to.equal(10_000);
    expect(parseRetryAfter(["3", "9"], now)).to.equal(3_000);
  });

  it("of the past is now, and never later than in an hour", () => {
    expect(parseRetryAfter("Fri, 02 Jan 2026 03:00:00 GMT", now)).to.equal(0);
    expect(parseRetryAfter("Sat, 03 Jan 2099 00:00:00 GMT", now)).to.equal(3_600_000);
    expect(parseRetryAfter("9".repeat(400), now)).to.equal(3_600_000);
  });

  it("that is missing or says neither is none", () => {
    for (const header of [
      undefined,
      "",
      "soon",
      "-1",
      "1.5",
      "2026-01-02T03:04:15Z",
      "Xyz, 99 Foo 2026 99:99:99 GMT",
    ]) {
      expect(parseRetryAfter(header, now), String(header)).to.equal(undefined);
    }
  });

  it("is a bounded number or nothing, whatever the header says", () => {
    const header = fc.oneof(
      fc.string(),
      fc.nat().map(String),
      fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
    );
    fc.assert(
      fc.property(header, (text) => {
        const ms = parseRetryAfter(text, now);
        return ms === undefined || (ms >= 0 && ms <= 3_600_000);
      }),
    );
  });
});
