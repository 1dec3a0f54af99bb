import { expect } from "chai";
import { kill } from "./kill.ts";
import { at, describeFault } from "./schedule.ts";
import { leaderOf } from "./targets.ts";

describe("schedule", () => {
  it("reads as it is written", () => {
    const scheduled = at("10s", kill(leaderOf("orders", 2))).for("8s");
    expect(scheduled).to.include({ atMs: 10_000, forMs: 8_000 });
    expect(describeFault(scheduled)).to.equal("at 10 s for 8 s: kill leader of orders[2]");
  });

  it("refuses what is not a duration", () => {
    expect(() => at("soon", kill(leaderOf("orders")))).to.throw(RangeError, "soon");
  });
});
