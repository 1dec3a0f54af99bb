import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect } from "chai";
import { checkThresholds, parseThresholds } from "../harness/checkers/thresholds.ts";
import { provision } from "../harness/provision/provision.ts";
import { systemClock } from "../harness/util/clock.ts";
import { EnvironmentError } from "../harness/util/errors.ts";
import { until } from "../harness/util/until.ts";
import { type K6Options, k6, k6Files } from "../harness/workload/k6.ts";
import { type FakeContext, fakeContext } from "../harness/workload/testing/fake-context.ts";
import type { WorkloadContext } from "../harness/workload/workload.ts";
import { StandInService } from "./testing/stand-in-service.ts";

/** One user without a pause, of short recordings: some requests in every half second. */
const busy: K6Options = {
  ...{ script: "stt-load", profile: "soak", ownThresholds: false },
  env: { SCALE: "0.01", DURATION: "10m", CHUNKS: "2", CHUNK_MS: "20" },
};

describe("k6 as a workload, against a stand-in for the service", () => {
  let service: StandInService;
  let fake: FakeContext;
  let context: WorkloadContext;

  beforeEach(async () => {
    service = await StandInService.start();
    fake = fakeContext(systemClock);
    context = {
      ...fake.context,
      folder: relative(process.cwd(), fake.context.folder), // as a run's is: reports/...
      services: [{ name: "stand-in", baseUrl: `http://${service.address}` }],
      jwtSecret: StandInService.secret,
      installed: await provision(["k6"]),
    };
  });
  afterEach(async () => {
    fake[Symbol.dispose]();
    await service[Symbol.asyncDispose]();
  });

  it("has each sample in its phase, while phases come and go", async () => {
    const { history, samples } = fake;
    await using running = k6(busy).start(context);
    history.phase = "steady";
    await until(() => running.stats().iterations >= 1, "k6 is at work").atMost("20s");
    await systemClock.sleep(1_500);
    service.options = { answersAfterMs: 400 };
    history.phase = "fault";
    await systemClock.sleep(2_500);
    service.options = {};
    history.phase = "recovery";
    await systemClock.sleep(1_500);
    history.phase = "drain";
    await running.drained();

    const bounds = parseThresholds({
      // One request may be under way when the phase changes: it was sent in the one, and is answered in the other.
      steady: { "k6.http_req_duration": "p(80)<390", "k6.stt_failed": "rate<0.05" },
      fault: { "k6.http_req_duration": ["med>=390", "med<390 within 2s"], "k6.http_reqs": "count>0" },
      recovery: { "k6.http_req_duration": "med<390", "k6.dropped_iterations": "count==0" },
    });
    const results = checkThresholds([], bounds, { samples, rtoMs: [] });
    expect(results.map(({ phase, bound, verdict }) => [phase, bound, verdict])).to.deep.equal([
      ["steady", "p(80)<390", "passed"],
      ["steady", "rate<0.05", "passed"],
      ["fault", "med>=390", "passed"],
      ["fault", "med<390 within 2s", "failed"],
      ["fault", "count>0", "passed"],
      ["recovery", "med<390", "passed"],
      ["recovery", "count==0", "passed"],
    ]);
    expect(results[3]?.worst?.route, "of the routes that were asked").to.be.oneOf([
      ...["start", "chunk", "finish", "status", "transcription", "result"],
    ]);
    expect(await readFile(join(context.folder, k6Files.dashboard), "utf8")).to.include("<html");
    expect(JSON.parse(await readFile(join(context.folder, k6Files.summary), "utf8"))).to.have.property(
      "metrics",
    );
  });

  it("ends with its profile, and tells how k6 judged its own thresholds", async () => {
    service.options = { fails: true };
    const smoke = { script: "stt-load", profile: "smoke", env: { CHUNKS: "2", CHUNK_MS: "20" } };
    await using running = k6(smoke).start(context);
    fake.history.phase = "steady";
    await running.finished?.();
    fake.history.phase = "drain";
    await running.drained();
    const own = checkThresholds([], [], { samples: fake.samples, rtoMs: [] });
    expect(own.find(({ metric }) => metric === "k6.stt_failed")).to.deep.equal({
      ...{ phase: "run", metric: "k6.stt_failed", bound: "rate<0.05", actual: 1, verdict: "failed" },
    });
    expect(own.find(({ metric }) => metric === "k6.http_req_failed")?.verdict).to.equal("passed");
    expect(fake.errors).to.deep.equal([]);
  });

  it("is broken, and says so, when the load is over before the fault is", async () => {
    const smoke = { script: "stt-load", profile: "smoke", env: { CHUNKS: "2", CHUNK_MS: "20" } };
    await using running = k6(smoke).start(context);
    fake.history.phase = "steady";
    await running.finished?.();
    fake.history.phase = "fault";
    await until(() => fake.errors.length > 0, "it is told").atMost("2s");
    expect(String(fake.errors[0])).to.match(/k6 came to the end of its profile smoke .* before the faults/);
  });

  it("is broken, and says why, when k6 cannot run the script", async () => {
    await using running = k6({ script: "stt-load", profile: "smok" }).start(context);
    fake.history.phase = "steady";
    await running.finished?.().catch(() => {});
    expect(fake.errors[0]).to.be.instanceOf(EnvironmentError);
    expect(String(fake.errors[0])).to.include("PROFILE=smok: it may be smoke, load");
  });

  it("is broken when there is no such program", async () => {
    const installed = { k6: { version: "2.2.0", binary: "/nowhere/k6" } };
    await using running = k6({ script: "stt-load", profile: "smoke" }).start({ ...context, installed });
    fake.history.phase = "steady";
    await running.finished?.().catch(() => {});
    expect(String(fake.errors[0])).to.include("k6 cannot be started");
  });

  it("keeps nobody waiting when the run is interrupted", async () => {
    const interrupt = new AbortController();
    await using running = k6(busy).start({ ...context, signal: interrupt.signal });
    fake.history.phase = "steady";
    await until(() => running.stats().requests > 0, "it is at work").atMost("10s");
    interrupt.abort(new Error("interrupted"));
    expect(String(await running.finished?.().catch((error: unknown) => error))).to.include("interrupted");
    expect(fake.errors, "that is no error of the load").to.deep.equal([]);
  });

  it("is broken when k6 dies", async () => {
    let pid = 0;
    const spawned = (_name: string, started: number) => {
      pid = started;
    };
    await using running = k6(busy).start({ ...context, spawned });
    fake.history.phase = "steady";
    await until(() => running.stats().requests > 0, "it is at work").atMost("10s");
    process.kill(pid, "SIGKILL");
    await running.finished?.().catch(() => {});
    expect(String(fake.errors[0])).to.match(/k6 stt-load ended with SIGKILL at [\d.]+ m?s$/);
  });

  it("leaves nothing that runs when it is disposed of", async () => {
    let pid = 0;
    {
      const spawned = (_name: string, started: number) => {
        pid = started;
      };
      await using _running = k6(busy).start({ ...context, spawned });
      fake.history.phase = "steady";
      await until(() => pid !== 0, "k6 has started").atMost("10s");
    }
    expect(() => process.kill(pid, 0)).to.throw(/ESRCH/);
    expect(fake.errors, "that is no error").to.deep.equal([]);
  });
});
