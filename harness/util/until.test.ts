import { expect } from "chai";
import { ManualClock } from "./testing/manual-clock.ts";
import { TimeoutError, until } from "./until.ts";

describe("until", () => {
  it("returns the first truthy value", async () => {
    const values = [undefined, 0, "", "here", "later"];
    expect(
      await until(() => values.shift(), "a value", new ManualClock())
        .every("10ms")
        .atMost("1s"),
    ).to.equal("here");
  });

  it("takes a throw for not yet", async () => {
    let tries = 0;
    const flaky = () => {
      if (++tries < 3) throw new Error("not yet");
      return tries;
    };
    expect(await until(flaky, "it works", new ManualClock()).atMost("1s")).to.equal(3);
  });

  it("gives up in time, naming what it awaited and the last error", async () => {
    const clock = new ManualClock();
    const failure = await until(() => Promise.reject(new Error("refused")), "kafka-1 answers", clock)
      .every("100ms")
      .atMost("1s")
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(TimeoutError);
    expect((failure as Error).message).to.equal(
      "waited 1.0 s in vain until kafka-1 answers; last error: refused",
    );
    expect(clock.now()).to.be.at.most(1_000);
  });

  it("tries at least once, even with no time at all", async () => {
    expect(await until(() => true, "now", new ManualClock()).atMost(0)).to.equal(true);
  });

  it("ends with the signal's reason when that aborts", async () => {
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const endless = () => {
      controller.abort(reason);
      return false;
    };
    const failure = await until(endless, "never", new ManualClock())
      .unless(controller.signal)
      .atMost("1h")
      .catch((error: unknown) => error);
    expect(failure).to.equal(reason);
  });
});
