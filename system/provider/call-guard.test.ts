import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { CallGuard, type Circuit } from "./call-guard.ts";
import { type FailureReason, ProviderError, type ProviderErrorOptions } from "./speech-provider.ts";

const never = new AbortController().signal;

describe("the call guard", () => {
  let circuits: Circuit[];
  const guard = (
    limits: { concurrency?: number; retries?: number; failures?: number; openMs?: number } = {},
  ) => {
    const { concurrency = 2, retries = 0, failures = 1_000, openMs = 30 } = limits;
    return new CallGuard(
      { concurrency, retries, circuit: { failures, openMs } },
      { circuitIs: (circuit) => circuits.push(circuit) },
    );
  };
  beforeEach(() => {
    circuits = [];
  });

  const run = <T>(one: CallGuard, call: (attempt: number) => Promise<T>, signal = never, replayable = true) =>
    one.run(call, { replayable, signal });
  const fails =
    (reason: FailureReason, options: ProviderErrorOptions = {}) =>
    async (): Promise<never> => {
      throw new ProviderError(reason, true, { reason, ...options });
    };
  const failureOf = async (promise: Promise<unknown>): Promise<ProviderError> => {
    const error = await promise.catch((reason: unknown) => reason);
    if (!(error instanceof ProviderError)) throw new Error(`expected a ProviderError, got ${error}`);
    return error;
  };
  /** How many tries a call gets that fails like this. */
  const triesOf = async (one: CallGuard, call: () => Promise<unknown>, replayable = true) => {
    let tries = 0;
    const counted = () => {
      tries++;
      return call();
    };
    await failureOf(run(one, counted, never, replayable));
    return tries;
  };

  describe("tries again", () => {
    it("what failed at once, as often as it may", async () => {
      for (const reason of ["unreachable", "failed"] as const) {
        expect(await triesOf(guard({ retries: 2 }), fails(reason)), reason).to.equal(3);
      }
    });

    it("until it works, and numbers the tries", async () => {
      const attempts: number[] = [];
      const result = await run(guard({ retries: 5 }), async (attempt) => {
        attempts.push(attempt);
        if (attempt < 2) await fails("unreachable")();
        return "done";
      });
      expect(result).to.equal("done");
      expect(attempts).to.deep.equal([0, 1, 2]);
    });

    it("nothing that took its time, was refused, or said when to come back", async () => {
      for (const reason of ["refused", "throttled", "timeout", "malformed"] as const) {
        expect(await triesOf(guard({ retries: 2 }), fails(reason)), reason).to.equal(1);
      }
      expect(await triesOf(guard({ retries: 2 }), fails("failed", { retryAfterMs: 9 }))).to.equal(1);
    });

    it("nothing whose body can be read only once", async () => {
      expect(await triesOf(guard({ retries: 2 }), fails("unreachable"), false)).to.equal(1);
    });

    it("nothing that is a mistake of ours", async () => {
      let tries = 0;
      const bug = async () => {
        tries++;
        throw new TypeError("a bug");
      };
      const error = await run(guard({ retries: 2 }), bug).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(TypeError);
      expect(tries).to.equal(1);
    });
  });

  describe("opens the circuit", () => {
    const openCircuit = async (one: CallGuard, failures: number) => {
      for (let n = 0; n < failures; n++) await failureOf(run(one, fails("timeout")));
    };

    it("after failures in a row, and then makes no call, and says for how long", async () => {
      const one = guard({ failures: 3, openMs: 60_000 });
      await openCircuit(one, 3);
      let made = false;
      const error = await failureOf(
        run(one, async () => {
          made = true;
        }),
      );
      expect(error).to.include({ reason: "circuit-open", transient: true });
      expect(error.retryAfterMs).to.be.within(1, 60_000);
      expect(made).to.equal(false);
      expect(circuits).to.deep.equal(["open"]);
    });

    it("not when an answer between them, also a refusal, shows that the upstream lives", async () => {
      const one = guard({ failures: 2 });
      for (const reason of ["refused", "throttled"] as const) {
        await openCircuit(one, 1);
        await failureOf(run(one, fails(reason)));
      }
      await openCircuit(one, 1);
      await run(one, async () => "an answer");
      await openCircuit(one, 1);
      expect(circuits).to.deep.equal([]);
    });

    it("for a while: then one call at a time goes through, until one succeeds", async () => {
      const one = guard({ failures: 1, openMs: 20, concurrency: 3 });
      await openCircuit(one, 1);
      const gate = Promise.withResolvers<string>();
      // Which call is the trial depends on when the circuit lets one through.
      let trial: Promise<string> | undefined;
      await until(async () => {
        let begun = false;
        const call = run(one, async () => {
          begun = true;
          return gate.promise;
        });
        call.catch(() => {});
        await new Promise(setImmediate);
        if (begun) trial = call;
        return begun;
      }, "a call goes through")
        .every("5ms")
        .atMost("5s");
      expect((await failureOf(run(one, async () => "another"))).reason).to.equal("circuit-open");
      gate.resolve("well again");
      expect(await trial).to.equal("well again");
      expect(await run(one, async () => "as always")).to.equal("as always");
      expect(circuits).to.deep.equal(["open", "half-open", "closed"]);
    });

    it("no longer when the clock of the machine is set back", async () => {
      const one = guard({ failures: 1, openMs: 20 });
      await openCircuit(one, 1);
      const { now } = Date;
      Date.now = () => now() - 3_600_000;
      try {
        await until(() => run(one, async () => true), "a call goes through")
          .every("5ms")
          .atMost("5s");
      } finally {
        Date.now = now;
      }
    });

    it("again when the trial fails", async () => {
      const one = guard({ failures: 1, openMs: 20 });
      await openCircuit(one, 1);
      const tried = async () => (await failureOf(run(one, fails("unreachable")))).reason === "unreachable";
      await until(tried, "a call goes through").every("5ms").atMost("5s");
      expect(circuits).to.deep.equal(["open", "half-open", "open"]);
    });
  });

  describe("limits", () => {
    it("the calls at once; the others wait, and those beyond are not sent", async () => {
      const one = guard({ concurrency: 2 });
      const gate = Promise.withResolvers<void>();
      let active = 0;
      let most = 0;
      const call = async () => {
        most = Math.max(most, ++active);
        await gate.promise;
        active--;
      };
      const accepted = Array.from({ length: 2 + 16 }, () => run(one, call));
      const refused = await failureOf(run(one, call));
      expect(refused).to.include({ reason: "overloaded", transient: true });
      gate.resolve();
      await Promise.all(accepted);
      expect(most).to.equal(2);
    });

    it("and a call that was given up while it waited is never sent", async () => {
      const one = guard({ concurrency: 1 });
      const gate = Promise.withResolvers<void>();
      const first = run(one, () => gate.promise);
      const abort = new AbortController();
      let made = false;
      const second = run(
        one,
        async () => {
          made = true;
        },
        abort.signal,
      ).catch((reason: unknown) => reason);
      abort.abort();
      gate.resolve();
      await first;
      expect(await second).to.be.instanceOf(Error);
      expect(made).to.equal(false);
    });
  });
});
