import { readFileSync } from "node:fs";
import { expect } from "chai";
import manifest from "../../package.json" with { type: "json" };
import { createMetrics, watchHeap, watchPool } from "./metrics.ts";

describe("metrics", () => {
  const created = () => {
    const metrics = createMetrics("stt-1");
    watchHeap(metrics);
    watchPool(metrics, () => ({ total: 7, idle: 4, waiting: 2 }));
    return metrics;
  };

  it("of the service are listed in docs/service/telemetry.md, each of them and no other", async () => {
    const names = (await created().registry.getMetricsAsJSON())
      .map(({ name }) => name)
      .filter((name) => name.startsWith("stt_"));
    const text = readFileSync(new URL("../../docs/service/telemetry.md", import.meta.url), "utf8");
    const documented = text.matchAll(/^\| `(stt_[a-z_]+)` \|/gm).map((match) => match[1]);
    expect([...documented].toSorted()).to.deep.equal(names.toSorted());
  });

  it("show what runs, how late the event loop is, and the use of the pool", async () => {
    const text = await created().registry.metrics();
    expect(text).to.match(
      new RegExp(`^stt_build_info\\{[^}]*version="${manifest.version}"[^}]*node="24[^}]*\\} 1$`, "m"),
    );
    expect(text).to.match(/^nodejs_eventloop_lag_p99_seconds\{/m);
    for (const [state, count] of Object.entries({ total: 7, idle: 4, waiting: 2 })) {
      expect(text).to.match(
        new RegExp(`^stt_database_pool_connections\\{[^}]*state="${state}"[^}]*\\} ${count}$`, "m"),
      );
    }
  });

  it("count dead letters of every stage from zero, so that the first one is seen to be one more", async () => {
    const text = await created().registry.metrics();
    for (const stage of ["encoding", "processing", "summarizing"])
      expect(text).to.match(new RegExp(`^stt_dead_letters_total\\{[^}]*stage="${stage}"[^}]*\\} 0$`, "m"));
  });

  it("of one service are apart from those of another in the same process", async () => {
    const [one, other] = [createMetrics("stt-1"), createMetrics("stt-2")];
    one.locksLost.inc();
    expect(await one.registry.metrics()).to.match(/^stt_lock_lost_total\{instance="stt-1"\} 1$/m);
    expect(await other.registry.metrics()).to.match(/^stt_lock_lost_total\{instance="stt-2"\} 0$/m);
  });
});
