import { expect } from "chai";
import fc from "fast-check";
import { until } from "../../harness/util/until.ts";
import { RecordingNotFound } from "../pipeline/recordings.ts";
import type { TranscriptionStatus } from "../storage/transcriptions.ts";
import { systemClock } from "../telemetry/clock.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { transcriptionStatus } from "../testing/factory.ts";
import { type LookUp, type Standing, StatusHub } from "./status-hub.ts";

const logger = createLogger("test", "silent");
const metrics = createMetrics("test");
const hubOver = (lookUp: LookUp) => new StatusHub({ lookUp, clock: systemClock, logger, metrics });
const row = (version: number, progress: number | null = null, owner = "alice") =>
  transcriptionStatus({ id: "r", version, progress, owner });
const change = (version: number, progress: number | null = null) => ({ ...row(version, progress), at: 0 });

describe("the status hub", () => {
  it("tells where a recording stands, then each change", async () => {
    await using hub = hubOver(async () => [row(2)]);
    const seen: Standing[] = [];
    using _watch = await hub.watch("alice", "r", (standing) => seen.push(standing));
    hub.changed(change(3));
    hub.changed(change(3, 50));
    expect(seen.map(({ version, progress }) => [version, progress])).to.deep.equal([
      [2, null],
      [3, null],
      [3, 50],
    ]);
  });

  it("says nothing to others, not even what changes while they ask", async () => {
    const asked = Promise.withResolvers<TranscriptionStatus[]>();
    await using hub = hubOver(() => asked.promise);
    const seen: Standing[] = [];
    const watching = hub.watch("mallory", "r", (standing) => seen.push(standing));
    hub.changed(change(3));
    asked.resolve([row(2)]);
    expect(await watching.catch((error: unknown) => error)).to.be.instanceOf(RecordingNotFound);
    hub.changed(change(4));
    expect(seen).to.deep.equal([]);
  });

  it("prefers a change heard while it looked to what it found", async () => {
    const asked = Promise.withResolvers<TranscriptionStatus[]>();
    await using hub = hubOver(() => asked.promise);
    const seen: Standing[] = [];
    const watching = hub.watch("alice", "r", (standing) => seen.push(standing));
    hub.changed(change(3));
    asked.resolve([row(2)]);
    await watching;
    expect(seen.map(({ version }) => version)).to.deep.equal([3]);
  });

  it("looks at all that is watched after a gap, and again when that fails", async () => {
    let version = 1;
    let failures = 1;
    const lookUp: LookUp = async () => {
      if (version > 1 && failures-- > 0) throw new Error("no database");
      return [row(version)];
    };
    const clock = { ...systemClock, sleep: async () => {} };
    await using hub = new StatusHub({ lookUp, clock, logger, metrics });
    const seen: Standing[] = [];
    using _watch = await hub.watch("alice", "r", (standing) => seen.push(standing));
    version = 7;
    hub.reread();
    await until(() => seen.at(-1)?.version === 7, "the missed change is told")
      .every("5ms")
      .atMost("5s");
  });

  it("forgets who ends the watch", async () => {
    const metrics = createMetrics("test");
    await using hub = new StatusHub({ lookUp: async () => [row(1)], clock: systemClock, logger, metrics });
    const seen: Standing[] = [];
    const watch = await hub.watch("alice", "r", (standing) => seen.push(standing));
    watch[Symbol.dispose]();
    watch[Symbol.dispose]();
    hub.changed(change(2));
    expect(seen).to.have.length(1);
    expect((await metrics.liveSubscriptions.get()).values[0]?.value).to.equal(0);
  });

  it("never goes backwards, whatever is heard in whatever order, and ends with the newest", async () => {
    const heard = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.option(fc.integer({ min: 0, max: 100 })));
    await fc.assert(
      fc.asyncProperty(heard, fc.array(heard), fc.array(heard), async (found, before, after) => {
        const asked = Promise.withResolvers<TranscriptionStatus[]>();
        await using hub = hubOver(() => asked.promise);
        const seen: Standing[] = [];
        const watching = hub.watch("alice", "r", (standing) => seen.push(standing));
        for (const one of before) hub.changed(change(...one));
        asked.resolve([row(...found)]);
        await watching;
        for (const one of after) hub.changed(change(...one));
        const rank = ([version, progress]: readonly [number, number | null]) =>
          version * 1_000 + (progress ?? -1);
        const ranks = seen.map(({ version, progress }) => rank([version, progress]));
        expect(ranks).to.deep.equal([...new Set(ranks)].sort((a, b) => a - b));
        expect(ranks.at(-1)).to.equal(Math.max(...[found, ...before, ...after].map(rank)));
      }),
    );
  });
});
