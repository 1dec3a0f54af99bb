import { expect } from "chai";
import { checkHistory } from "../checkers/check.ts";
import { transcription } from "../checkers/transcription.ts";
import type { Operation } from "../history/event.ts";
import { pairOperations } from "../history/operations.ts";
import { stt } from "../topology/stt.ts";
import { until } from "../util/until.ts";
import { type LoadBed, runWorkload, startLoadBed } from "./testing/load-bed.ts";
import { transcriptions } from "./transcriptions.ts";

describe("the transcriptions workload on the real service, by HTTP and over STOMP", () => {
  let bed: LoadBed;
  before(async () => {
    bed = await startLoadBed(stt({ kafka: 1, redis: "single", instances: 2 }));
  });
  after(() => bed?.[Symbol.asyncDispose]());

  const ok = (f: string) =>
    pairOperations(bed.history.events).filter(
      ({ invoke, completion }) => invoke.f === f && completion?.type === "ok",
    );

  it("loses nothing when an instance is killed under both", async () => {
    const stats = await runWorkload(
      bed,
      transcriptions({ rate: 3, stomp: 0.5 }),
      ({ completed }) => completed >= 10,
      async () => {
        const tellers = () => new Set(ok("update").map(({ invoke }) => invoke.node)).size;
        await until(() => tellers() === 2, "both instances tell of changes").atMost("30s");
        const instance = bed.topology.node("stt-1");
        await instance.kill();
        await instance.start();
      },
    );
    expect(stats).to.include({ refused: 0, failed: 0, active: 0, completed: stats.accepted });
    const [result] = checkHistory(bed.history.events, [transcription()]).results;
    expect(result?.verdict, result?.reason).to.equal("passed");

    // Who is told of changes records over STOMP.
    const keys = (operations: Operation[]) => new Set(operations.map(({ invoke }) => invoke.key));
    const overStomp = keys(ok("update"));
    const finished = keys(ok("finish"));
    expect([...finished]).to.include.members([...overStomp]);
    expect(overStomp.size).to.be.within(finished.size / 3, (finished.size * 2) / 3);
    expect(keys(ok("heartbeat")).size).to.be.greaterThan(finished.size / 2);
  });
});
