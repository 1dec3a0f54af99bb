import { expect } from "chai";
import { ManualClock } from "../util/testing/manual-clock.ts";
import { Budget } from "./budget.ts";

describe("budget", () => {
  it("says what was overspent, and of what", async () => {
    const clock = new ManualClock();
    let used = 0;
    const budget = new Budget({ time: "5s", memoryBytes: 100 * 1024 ** 2, clock, memoryUsed: () => used });
    expect(budget.exceeded()).to.equal(undefined);
    used = 101 * 1024 ** 2;
    expect(budget.exceeded()).to.equal("used 101 MiB of memory, its budget is 100 MiB");
    used = 0;
    await clock.sleep(5_500);
    expect(budget.exceeded()).to.equal("spent 5.5 s, its budget is 5.0 s");
  });
});
