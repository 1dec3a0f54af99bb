import { expect } from "chai";
import { Breaker } from "./breaker.ts";

const fails = () => Promise.reject(new Error("down"));
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error: Error) => error.name,
  );

describe("the circuit breaker", () => {
  it("fails at once after enough failures, then lets one call probe", async () => {
    let now = 0;
    const breaker = new Breaker(2, 1_000, () => now);
    expect(await outcome(breaker.run(fails))).to.equal("Error");
    expect(await outcome(breaker.run(fails))).to.equal("Error");
    expect(await outcome(breaker.run(fails))).to.equal("CircuitOpen");
    now = 1_000;
    const gate = Promise.withResolvers<void>();
    const probe = outcome(breaker.run(() => gate.promise));
    expect(await outcome(breaker.run(fails))).to.equal("CircuitOpen");
    gate.resolve();
    expect(await probe).to.equal("ok");
    expect(await outcome(breaker.run(async () => 1))).to.equal("ok");
  });

  it("stays open when the probe fails, and forgets failures on success", async () => {
    let now = 0;
    const breaker = new Breaker(1, 1_000, () => now);
    await outcome(breaker.run(fails));
    now = 1_500;
    expect(await outcome(breaker.run(fails))).to.equal("Error");
    now = 2_400;
    expect(await outcome(breaker.run(fails))).to.equal("CircuitOpen");
    now = 2_500;
    expect(await outcome(breaker.run(async () => 1))).to.equal("ok");
  });
});
