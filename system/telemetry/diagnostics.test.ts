import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { startDiagnostics } from "./diagnostics.ts";
import { createLogger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";

describe("diagnostics", () => {
  const logger = createLogger("stt-1", "silent");
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "diagnostics-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("say how much of the heap is left after a full collection", async () => {
    const metrics = createMetrics("stt-1");
    using _ = startDiagnostics({ folder, instance: "stt-1" }, metrics, logger);
    const left = Number(/^stt_heap_after_gc_bytes\{.*\} (\d+)$/m.exec(await metrics.registry.metrics())?.[1]);
    expect(left).to.be.within(1e6, process.memoryUsage().heapUsed * 1.5);
  });

  it("write whole heap snapshots on SIGUSR2, until they end", async function () {
    this.timeout(60_000);
    const before = process.listenerCount("SIGUSR2");
    {
      using _ = startDiagnostics({ folder, instance: "stt-1" }, createMetrics("stt-1"), logger);
      process.kill(process.pid, "SIGUSR2");
      const path = join(folder, `stt-1-${process.pid}-1.heapsnapshot`);
      const text = await until(() => readFile(path, "utf8").catch(() => undefined), "the snapshot is there")
        .every("20ms")
        .atMost("30s");
      expect(JSON.parse(text)).to.have.nested.property("snapshot.meta.node_fields");
    }
    expect(process.listenerCount("SIGUSR2")).to.equal(before);
  });

  it("leave nothing of a snapshot that cannot be written, and say so", async function () {
    this.timeout(60_000);
    await mkdir(join(folder, `stt-1-${process.pid}-1.heapsnapshot`)); // which no file can be renamed to
    const said: string[] = [];
    const heard = createLogger("stt-1", "error", { write: (line) => said.push(line) });
    using _ = startDiagnostics({ folder, instance: "stt-1" }, createMetrics("stt-1"), heard);
    process.kill(process.pid, "SIGUSR2");
    await until(() => said.length > 0, "the failure is logged")
      .every("20ms")
      .atMost("30s");
    expect(said[0]).to.include("could not write a heap snapshot");
    expect(await readdir(folder)).to.deep.equal([`stt-1-${process.pid}-1.heapsnapshot`]);
  });

  it("are off without a folder: nothing listens, and there is no such metric", async () => {
    expect(await createMetrics("stt-1").registry.metrics()).not.to.include("stt_heap_after_gc_bytes");
  });
});
