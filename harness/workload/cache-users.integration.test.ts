import { expect } from "chai";
import { checkHistory } from "../checkers/check.ts";
import { linearizable } from "../checkers/linearizable.ts";
import { pairOperations } from "../history/operations.ts";
import { cluster } from "../topology/cluster.ts";
import { until } from "../util/until.ts";
import { cacheUsers } from "./cache-users.ts";
import { type LoadBed, runWorkload, startLoadBed } from "./testing/load-bed.ts";

describe("the cacheUsers workload on real servers", () => {
  let bed: LoadBed;
  beforeEach(async () => {
    bed = await startLoadBed(cluster({ redis: "sentinel" }));
  });
  afterEach(() => bed?.[Symbol.asyncDispose]());

  const operations = (f: string, type: string) =>
    pairOperations(bed.history.events).filter(
      ({ invoke, completion }) => invoke.f === f && completion?.type === type,
    );
  const isEachRegisterReadInTheEnd = () => {
    const registers = new Set(bed.history.events.map(({ key }) => key));
    const last = operations("read", "ok").filter(({ invoke }) => invoke.phase === "drain");
    return registers.size === new Set(last.map(({ invoke }) => invoke.key)).size;
  };

  it("records registers that are linearizable while nothing is broken", async () => {
    const stats = await runWorkload(
      bed,
      cacheUsers({ rate: 200 }),
      ({ ok }) => ok >= 600,
      async () => {},
    );
    expect(stats).to.include({ waiting: 0, indeterminate: 0 });
    for (const f of ["read", "write", "cas"]) expect(operations(f, "ok").length, f).to.be.greaterThan(20);
    expect(isEachRegisterReadInTheEnd()).to.equal(true);
    const [result] = checkHistory(bed.history.events, [linearizable({ model: "cas-register" })]).results;
    expect(result?.verdict, result?.reason).to.equal("passed");
  });

  it("goes on at the new primary after a crash of the old one", async () => {
    const stats = await runWorkload(
      bed,
      cacheUsers({ rate: 100 }),
      ({ ok, failed }) => ok >= 300 && failed > 0,
      async () => {
        await until(() => operations("write", "ok").length > 20, "writes").atMost("20s");
        await bed.topology.node("redis-1").kill();
        const before = operations("write", "ok").length;
        await until(() => operations("write", "ok").length > before + 20, "writes again").atMost("30s");
        await bed.topology.node("redis-1").start();
      },
    );
    expect(stats.waiting).to.equal(0);
    expect(isEachRegisterReadInTheEnd()).to.equal(true);
    const refused = operations("write", "fail").map(({ completion }) => completion?.error ?? "");
    expect(refused).to.satisfy((errors: string[]) => errors.every((error) => !error.includes("timed out")));
  });
});
