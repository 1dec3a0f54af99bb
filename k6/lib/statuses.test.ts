import { expect } from "chai";
import { hasReached } from "./statuses.ts";

describe("a status", () => {
  it("has reached those before it, and itself", () => {
    expect(hasReached("ENCODED", "ENCODED")).to.equal(true);
    expect(hasReached("SUMMARIZING", "ENCODED")).to.equal(true);
    expect(hasReached("FAILED", "COMPLETED"), "the end, too").to.equal(true);
  });

  it("has not reached those after it, nor has one that nobody knows", () => {
    expect(hasReached("ENCODING", "ENCODED")).to.equal(false);
    expect(hasReached("", "RECORDING")).to.equal(false);
    expect(hasReached("undefined", "RECORDING")).to.equal(false);
  });
});
