import { expect } from "chai";
import { checkHistory } from "../checkers/check.ts";
import { mutex } from "../checkers/mutex.ts";
import { pairOperations } from "../history/operations.ts";
import { cluster } from "../topology/cluster.ts";
import { until } from "../util/until.ts";
import { lockUsers } from "./lock-users.ts";
import { type LoadBed, runWorkload, startLoadBed } from "./testing/load-bed.ts";

describe("the lockUsers workload on real servers", () => {
  let bed: LoadBed;
  before(async () => {
    bed = await startLoadBed(cluster({ redis: "sentinel", lockUsers: 2 }));
  });
  after(() => bed?.[Symbol.asyncDispose]());

  const operations = (f: string, type: string) =>
    pairOperations(bed.history.events).filter(
      ({ invoke, completion }) => invoke.f === f && completion?.type === type,
    );

  /** Waits until locker-1 holds a lock, between its first write and its last. */
  const holding = () =>
    until(() => {
      const last = bed.history.events.findLast(({ node }) => node === "locker-1");
      return last?.f === "guarded-write" && last.type === "ok" ? last : undefined;
    }, "locker-1 holds a lock")
      .every("5ms")
      .atMost("30s");

  it("refuses the write of a holder that slept through its own hold, and records that all is in order", async () => {
    const workload = lockUsers({ rate: 10, locks: 2, hold: "1s" });
    const stats = await runWorkload(
      bed,
      workload,
      ({ stale }) => stale > 0,
      async () => {
        const locker = bed.topology.node("locker-1");
        const { key, index } = await holding();
        await locker.pause();
        const takenOver = () =>
          operations("acquire", "ok").some(
            ({ invoke }) => invoke.node === "locker-2" && invoke.key === key && invoke.index > index,
          );
        await until(takenOver, `the lock ${key} expired, and locker-2 took it`).atMost("30s");
        await locker.resume();
      },
    );
    const { acquired, written, busy, waiting } = stats;
    expect(waiting).to.equal(0);
    expect(busy).to.equal(operations("acquire", "fail").length);
    expect(acquired).to.equal(operations("acquire", "ok").length);
    expect(written).to.equal(operations("guarded-write", "ok").length);
    expect(operations("guarded-write", "fail")[0]?.completion?.error).to.equal("stale");
    expect(operations("release", "ok").length).to.be.greaterThan(0);
    const [leased, exclusive] = checkHistory(bed.history.events, [
      mutex({ exclusive: false }),
      mutex(),
    ]).results;
    expect(leased?.verdict, leased?.reason).to.equal("passed");
    // The sleeper's user believed that it held the lock all the time: that is what the fence is for.
    expect(exclusive?.anomalies.map(({ type }) => type)).to.include("overlapping-holds");
  });
});
