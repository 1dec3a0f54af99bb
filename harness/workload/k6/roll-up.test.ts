import { expect } from "chai";
import { type K6Line, k6LineSchema } from "../../compare/k6-line.ts";
import type { Phase } from "../../history/event.ts";
import type { Sample } from "../../report/record.ts";
import { K6RollUp, otherRoutes } from "./roll-up.ts";

const startedAt = Date.parse("2026-03-14T09:15:00Z");
const parse = (line: unknown): K6Line => k6LineSchema.parse(line);

const metric = (name: string, type: string): K6Line =>
  parse({ type: "Metric", metric: name, data: { name, type, contains: "time", thresholds: [] } });

/** @param ms since time 0 of the run. */
const point = (name: string, ms: number, value: number, tags: Record<string, string> = {}): K6Line =>
  parse({
    type: "Point",
    metric: name,
    data: { time: new Date(startedAt + ms).toISOString(), value, tags: { scenario: "load", ...tags } },
  });

const declared = [
  metric("http_reqs", "counter"),
  metric("http_req_duration", "trend"),
  metric("http_req_waiting", "trend"),
  metric("http_req_failed", "rate"),
  metric("stt_failed", "rate"),
  metric("iterations", "counter"),
  metric("dropped_iterations", "counter"),
  metric("vus", "gauge"),
];

/** A request as k6 tells of it when it has ended. */
const request = (endedAt: number, ms: number, failed = 0, name = "status"): K6Line[] => [
  point("http_reqs", endedAt, 1, { name }),
  point("http_req_duration", endedAt, ms, { name }),
  point("http_req_waiting", endedAt, ms, { name }),
  point("http_req_failed", endedAt, failed, { name }),
];

/** Steady until 10 s, fault until 20 s, then recovery. */
const phaseAt = (ns: number): Phase => (ns < 10e9 ? "steady" : ns < 20e9 ? "fault" : "recovery");

function rolledUp(lines: readonly K6Line[]): Sample[] {
  const samples: Sample[] = [];
  const rollUp = new K6RollUp({
    toAxis: (unixMs) => (unixMs - startedAt) * 1e6,
    phaseAt,
    emit: (sample) => samples.push(sample),
  });
  for (const line of [...declared, ...lines]) rollUp.add(line);
  rollUp.finish();
  return samples;
}

const of = (samples: readonly Sample[], name: string) =>
  samples
    .filter((sample) => sample.metric === `k6.${name}`)
    .map(({ time, labels, value }) => [time / 1e9, labels?.phase, value]);

describe("samples of k6, summed up", () => {
  it("are one a second for each metric and route, with all that quantiles need", () => {
    const samples = rolledUp([
      ...request(1_100, 10),
      ...request(1_900, 30, 1),
      ...request(1_950, 5, 0, "chunk"),
      point("iterations", 1_960, 1),
      point("iterations", 1_970, 1),
      point("vus", 1_000, 3),
      point("vus", 1_980, 4),
    ]);
    const durations = samples.filter((sample) => sample.metric === "k6.http_req_duration");
    expect(durations.map(({ labels }) => labels)).to.deep.equal([
      { type: "trend", phase: "steady", name: "status" },
      { type: "trend", phase: "steady", name: "chunk" },
    ]);
    expect(durations[0]).to.deep.include({ time: 1e9, value: 20 });
    expect(durations[0]?.distribution).to.include({ count: 2, min: 10, max: 30, sum: 40 });
    const [failed] = samples.filter((sample) => sample.metric === "k6.http_req_failed");
    expect(failed).to.deep.include({ value: 0.5 });
    expect(failed?.distribution).to.deep.include({ count: 2, sum: 1, buckets: [] });
    expect(of(samples, "iterations")).to.deep.equal([[1, "steady", 2]]);
    expect(of(samples, "vus")).to.deep.equal([[1, "steady", 4]]);
    expect(of(samples, "http_req_waiting"), "a part of the duration").to.deep.equal([]);
  });

  it("belong to the phase in which a request was sent, whenever it ended", () => {
    // Sent 100 ms before the fault, and given up by the client well within it; then one that is sent and answered in the fault.
    const samples = rolledUp([...request(14_900, 5_000, 1), ...request(10_050, 40), ...request(20_010, 20)]);
    expect(of(samples, "http_req_failed")).to.deep.equal([
      [9, "steady", 1],
      [10, "fault", 0],
      [19, "fault", 0],
    ]);
    for (const name of ["http_reqs", "http_req_duration"])
      expect(
        of(samples, name).map(([, phase]) => phase),
        name,
      ).to.deep.equal(["steady", "fault", "fault"]);
  });

  it("that are of no request belong to the phase in which they were noted, to the millisecond", () => {
    const samples = rolledUp([
      point("stt_failed", 9_999, 0),
      point("stt_failed", 10_000, 1),
      point("dropped_iterations", 19_999, 2),
      point("dropped_iterations", 20_001, 1),
    ]);
    expect(of(samples, "stt_failed")).to.deep.equal([
      [9, "steady", 0],
      [10, "fault", 1],
    ]);
    expect(of(samples, "dropped_iterations")).to.deep.equal([
      [19, "fault", 2],
      [20, "recovery", 1],
    ]);
  });

  it("come while k6 runs, and those that are late come again", () => {
    const samples: Sample[] = [];
    const rollUp = new K6RollUp({
      toAxis: (unixMs) => (unixMs - startedAt) * 1e6,
      phaseAt,
      emit: (sample) => samples.push(sample),
    });
    for (const line of [...declared, point("iterations", 1_000, 1), point("iterations", 5_000, 1)])
      rollUp.add(line);
    expect(samples, "may still come").to.deep.equal([]);
    rollUp.add(point("iterations", 7_000, 1));
    rollUp.add(point("iterations", 1_500, 1));
    rollUp.finish();
    expect(of(samples, "iterations")).to.deep.equal([
      [1, "steady", 1],
      [5, "steady", 1],
      [7, "steady", 1],
      [1, "steady", 1],
    ]);
  });

  it("are bounded, also of a script that names no routes", () => {
    const lines = Array.from({ length: 500 }, (_, index) =>
      request(1_100 + index, 10, 0, `http://service/recordings/${index}`),
    ).flat();
    const routes = rolledUp(lines)
      .filter((sample) => sample.metric === "k6.http_reqs" && sample.time === 1e9)
      .map(({ labels, value }) => [labels?.name, value] as const);
    expect(routes).to.have.length(41);
    expect(routes.at(-1)).to.deep.equal([otherRoutes, 460]);
  });

  it("leave out what k6 does before and after the load", () => {
    expect(rolledUp([point("http_reqs", 500, 1, { group: "::setup", name: "login" })])).to.deep.equal([]);
  });
});
