import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { SummaryData } from "./lib/summary.ts";
import { runK6 } from "./testing/run-k6.ts";
import { StandInService } from "./testing/stand-in-service.ts";

const scripts = ["stt-load", "stt-websocket", "stt-kafka"] as const;

const ramp = (...stages: readonly [duration: string, target: number][]) =>
  stages.map(([duration, target]) => ({ duration, target }));

/** What k6 makes of each profile, in the closed model and in the open one; of stt-load and stt-websocket. */
const expected = {
  smoke: [
    { executor: "shared-iterations", vus: 1, iterations: 3 },
    { executor: "constant-arrival-rate", rate: 1, timeUnit: "6s", duration: "18s" },
  ],
  load: [
    { executor: "ramping-vus", stages: ramp(["30s", 10], ["2m0s", 10], ["30s", 0]) },
    { executor: "ramping-arrival-rate", stages: ramp(["30s", 100], ["2m0s", 100], ["30s", 0]) },
  ],
  stress: [
    { executor: "ramping-vus", stages: ramp(["30s", 50], ["1m0s", 100]) },
    { executor: "ramping-arrival-rate", stages: ramp(["30s", 500], ["1m0s", 1_000]) },
  ],
  spike: [
    { executor: "ramping-vus", stages: ramp(["30s", 5], ["5s", 100], ["30s", 100], ["5s", 5], ["1m0s", 5]) },
    {
      executor: "ramping-arrival-rate",
      stages: ramp(["30s", 50], ["5s", 1_000], ["30s", 1_000], ["5s", 50], ["1m0s", 50]),
    },
  ],
  breakpoint: [
    { executor: "ramping-arrival-rate", startRate: 1, stages: ramp(["10m0s", 50]) },
    { executor: "ramping-arrival-rate", startRate: 1, stages: ramp(["10m0s", 50]) },
  ],
  soak: [
    { executor: "ramping-vus", stages: ramp(["2m0s", 10], ["1h0m0s", 10], ["2m0s", 0]) },
    { executor: "ramping-arrival-rate", stages: ramp(["2m0s", 100], ["1h0m0s", 100], ["2m0s", 0]) },
  ],
} as const;

/** What `k6 inspect` tells, as far as it is looked at. */
interface Inspected {
  readonly scenarios: Readonly<Record<string, { readonly executor: string }>>;
  readonly thresholds: Readonly<
    Record<string, readonly (string | { threshold: string; abortOnFail: boolean })[]>
  >;
  readonly tags: Readonly<Record<string, string>>;
}

describe("the load scripts", () => {
  async function inspect(script: string, ...variables: string[]): Promise<Inspected> {
    const flags = variables.flatMap((variable) => ["-e", variable]);
    const { code, stdout, stderr } = await runK6("inspect", `k6/${script}.ts`, ...flags);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Inspected;
  }

  for (const [profile, shapes] of Object.entries(expected)) {
    it(`offer the profile ${profile}, closed and open`, async () => {
      for (const [index, model] of (["closed", "open"] as const).entries()) {
        for (const script of ["stt-load", "stt-websocket"]) {
          const { scenarios, tags, thresholds } = await inspect(
            script,
            `PROFILE=${profile}`,
            `MODEL=${model}`,
          );
          expect(Object.keys(scenarios)).to.deep.equal([profile]);
          for (const [name, value] of Object.entries(shapes[index] ?? {}))
            expect(scenarios[profile], `${script} ${model}`).to.have.deep.property(name, value);
          expect(tags).to.deep.equal({ test_type: profile });
          expect("dropped_iterations" in thresholds).to.equal(model === "open" || profile === "breakpoint");
        }
      }
    });

    it(`offer the profile ${profile} against Kafka, with a consumer beside it`, async () => {
      const { scenarios, thresholds } = await inspect("stt-kafka", `PROFILE=${profile}`);
      expect(scenarios[profile]).to.include({
        executor: shapes[0].executor,
        exec: "produce",
      });
      expect(scenarios.consume).to.include({ executor: "constant-vus", vus: 1, exec: "consume" });
      expect(thresholds).to.include.keys("kafka_end_to_end_latency", "kafka_missing");
    });
  }

  it("without a profile are a load, as in the documented command lines", async () => {
    for (const script of scripts) expect((await inspect(script)).scenarios).to.have.property("load");
  });

  it("have their thresholds ten times tighter with STRICT=1, and end a ramp at the first that breaks", async () => {
    expect((await inspect("stt-load", "STRICT=1")).thresholds).to.deep.include({
      stt_start_duration: ["p(95)<100"],
    });
    const { thresholds } = await inspect("stt-websocket", "PROFILE=breakpoint");
    expect(thresholds.ws_connect_duration?.[0]).to.deep.include({
      threshold: "p(95)<3000",
      abortOnFail: true,
    });
  });

  it("refuse a profile that there is not, and name those that there are", async () => {
    const { code, stderr } = await runK6("inspect", "k6/stt-load.ts", "-e", "PROFILE=smok");
    expect(code).not.to.equal(0);
    expect(stderr).to.include("PROFILE=smok: it may be smoke, load, stress, spike, breakpoint, soak");
  });

  describe("against a service", () => {
    const fast = ["-e", "CHUNK_MS=40", "-e", "CHUNKS=4"];
    const secret = `STT_JWT_SECRET=${StandInService.secret}`;
    const smoke = (...more: string[]) =>
      runK6("run", "--quiet", "--tag", "test_type=smoke", ...fast, "-e", secret, ...more);

    it("record by HTTP, as often as the tag's profile says", async () => {
      await using service = await StandInService.start();
      const folder = await mkdtemp(join(tmpdir(), "k6-"));
      try {
        const file = join(folder, "summary.json");
        const { code, stdout, stderr } = await smoke(
          "-e",
          `BASE_URL=http://${service.address}`,
          "-e",
          `SUMMARY=${file}`,
          "k6/stt-load.ts",
        );
        expect(code, stdout + stderr).to.equal(0);
        expect(stdout)
          .to.match(/✓ stt_start_duration +p\(95\)<1000/)
          .and.to.match(/✓ stt_failed +rate<0\.05 +0%/);
        const { metrics } = JSON.parse(await readFile(file, "utf8")) as SummaryData;
        expect(metrics.stt_chunk_duration?.values.count, "the finish is none").to.equal(9);
        expect(metrics.iterations?.values.count).to.equal(3);
      } finally {
        await rm(folder, { recursive: true });
      }
      expectThreeCompleted(service);
    });

    it("record over STOMP, one connection each", async () => {
      await using service = await StandInService.start();
      const { code, stdout, stderr } = await smoke(
        "-e",
        `WS_URL=ws://${service.address}/ws`,
        "k6/stt-websocket.ts",
      );
      expect(code, stdout + stderr).to.equal(0);
      expect(stdout)
        .to.match(/✓ ws_message_latency +p\(95\)<500/)
        .and.to.match(/✓ ws_connect_duration +p\(95\)<3000/);
      expectThreeCompleted(service);
      expect(service.connections).to.equal(3);
    });

    it("go on over another connection when they may, with one recording each", async () => {
      await using service = await StandInService.start({ hangsUpAtSeq: 2 });
      const live = ["-e", `WS_URL=ws://${service.address}/ws,ws://${service.address}/ws`];
      const { code, stdout, stderr } = await smoke(...live, "-e", "RECONNECT=1", "k6/stt-websocket.ts");
      expect(code, stdout + stderr).to.equal(0);
      expectThreeCompleted(service);
      expect(service.connections, "two each").to.equal(6);
      const without = await smoke(...live, "k6/stt-websocket.ts");
      expect(without.code, "the recordings of those who do not come back fail").to.equal(99);
    });

    it("begin at another instance when they may, where one is not there", async () => {
      await using service = await StandInService.start();
      const live = ["-e", `WS_URL=ws://127.0.0.1:9/ws,ws://${service.address}/ws`]; // nobody listens on port 9
      const { code, stdout, stderr } = await smoke(...live, "-e", "RECONNECT=1", "k6/stt-websocket.ts");
      expect(code, stdout + stderr).to.equal(0);
      expectThreeCompleted(service);
      const without = await smoke(...live, "k6/stt-websocket.ts");
      expect(without.code, "the recordings of those who do not go on fail").to.equal(99);
    });

    it("keep a connection alive while they record", async () => {
      await using service = await StandInService.start();
      const slow = ["--vus", "1", "--iterations", "1", "-e", "CHUNKS=3", "-e", "CHUNK_MS=2000"];
      const live = ["-e", `WS_URL=ws://${service.address}/ws`, "-e", secret, "k6/stt-websocket.ts"];
      const { code, stdout, stderr } = await runK6("run", "--quiet", ...slow, ...live);
      expect(code, stdout + stderr).to.equal(0);
      expect(service.beats, "every five seconds").to.be.at.least(1);
      expect(
        [...service.recordings.values()].map(({ heartbeats }) => heartbeats),
        "every second, between chunks",
      ).to.deep.equal([3]);
    });

    for (const [how, options] of [
      ["refuses chunks", { refuseSeq: 2 }],
      ["ends recordings FAILED", { fails: true }],
    ] as const) {
      it(`fail by their thresholds when it ${how}`, async () => {
        await using service = await StandInService.start(options);
        for (const [address, script] of [
          [`BASE_URL=http://${service.address}`, "k6/stt-load.ts"],
          [`WS_URL=ws://${service.address}/ws`, "k6/stt-websocket.ts"],
        ] as const) {
          const { code, stdout } = await smoke("-e", address, script);
          expect(code, stdout).to.equal(99);
          expect(stdout).to.match(/✗ stt_failed +rate<0\.05 +100%/);
        }
      });
    }

    it("fail by their thresholds when nobody is there, or it knows no such token", async () => {
      await using service = await StandInService.start();
      const none = await smoke("-e", "WS_URL=ws://127.0.0.1:1/ws", "k6/stt-websocket.ts");
      expect(none.code, none.stdout).to.equal(99);
      for (const [address, script] of [
        [`BASE_URL=http://${service.address}`, "k6/stt-load.ts"],
        [`WS_URL=ws://${service.address}/ws`, "k6/stt-websocket.ts"],
      ] as const) {
        const { code, stdout } = await smoke("-e", address, "-e", "TOKEN=a.b.c", script);
        expect(code, stdout).to.equal(99);
      }
    });

    it("say at which rate a ramp broke", async () => {
      await using service = await StandInService.start({ refuseSeq: 0 });
      const address = `BASE_URL=http://${service.address}`;
      const ramp = ["-e", "PROFILE=breakpoint", "-e", "DURATION=5s", "-e", "MAX_RATE=3"];
      const { code, stdout } = await runK6(
        "run",
        "--quiet",
        ...fast,
        ...ramp,
        "-e",
        secret,
        "-e",
        address,
        "k6/stt-load.ts",
      );
      expect(code, stdout).to.equal(99);
      expect(stdout).to.match(
        /breaking point: [1-3](\.\d+)? iterations a second, by .*stt_failed rate<0\.05/,
      );
    });

    it("stop before the first request without a token, or when tag and variable name two profiles", async () => {
      await using service = await StandInService.start();
      const address = `BASE_URL=http://${service.address}`;
      const without = await runK6("run", "--quiet", "-e", address, "-e", "PROFILE=smoke", "k6/stt-load.ts");
      expect(without.code).not.to.equal(0);
      expect(without.stderr).to.include("no token: give one by -e TOKEN=");
      const two = await smoke("-e", address, "-e", "PROFILE=load", "k6/stt-load.ts");
      expect(two.code).not.to.equal(0);
      expect(two.stderr).to.include("--tag test_type=smoke asks for another profile than load");
      expect(service.recordings.size).to.equal(0);
    });
  });
});

/** Recordings whose chunks are of the real speech, all of them there. */
function expectThreeCompleted({ recordings }: StandInService): void {
  expect([...recordings.values()].map(({ status }) => status)).to.deep.equal([
    "COMPLETED",
    "COMPLETED",
    "COMPLETED",
  ]);
  for (const { chunks } of recordings.values()) {
    expect(chunks.map(({ length }) => length)).to.deep.equal([1_280, 1_280, 1_280, 1_280]);
    expect(new Set(chunks.map((chunk) => chunk.toString("hex"))).size, "no chunk twice").to.equal(4);
  }
}
