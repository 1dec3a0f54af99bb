import { expect } from "chai";
import { madeSecond, usersIn } from "../checkers/testing/made-k6.ts";
import { timeAxis } from "./axis.ts";
import { k6Panels } from "./k6-panels.ts";
import { K6Series } from "./k6-series.ts";
import type { Sample } from "./record.ts";

const S = 1e9;
const duration = { phase: "steady", metric: "http_req_duration", type: "trend" } as const;

function panelsOf(samples: readonly Sample[], to: number, buckets: number) {
  const axis = timeAxis(0, to * S, buckets);
  const series = new K6Series(axis);
  for (const sample of samples) series.add(sample);
  return k6Panels(series, axis);
}

const lineOf = (panels: ReturnType<typeof panelsOf>, id: string, group: string, label: string) =>
  panels
    .find((panel) => panel.id === id)
    ?.groups.find((one) => one.label === group)
    ?.series.find((one) => one.label === label)?.values;

describe("k6 in the report", () => {
  const samples = [
    ...usersIn("steady", 0, 4),
    madeSecond({ ...duration, second: 0, route: "status", values: [10, 10] }),
    madeSecond({ ...duration, second: 1, route: "status", values: [20] }),
    madeSecond({ ...duration, second: 1, route: "chunk", values: [90] }),
    madeSecond({ ...duration, second: 3, phase: "fault", route: "status", values: [400] }),
    madeSecond({ second: 3, phase: "fault", metric: "http_reqs", type: "counter", values: [6] }),
    madeSecond({ second: 3, phase: "fault", metric: "http_req_failed", type: "rate", values: [0, 0, 1, 0] }),
    madeSecond({ second: 3, phase: "fault", metric: "dropped_iterations", type: "counter", values: [2] }),
  ];

  it("has percentiles of each metric and route, on the axis of the run", () => {
    const panels = panelsOf(samples, 4, 4);
    const [first] = panels;
    expect(first?.groups.map(({ label }) => label)).to.deep.equal([
      "http_req_duration",
      "http_req_duration, status",
      "http_req_duration, chunk",
    ]);
    expect(lineOf(panels, "k6-latency", "http_req_duration", "p99")).to.deep.equal([10, 90, null, 400]);
    expect(lineOf(panels, "k6-latency", "http_req_duration, status", "p99")).to.deep.equal([
      10,
      20,
      null,
      400,
    ]);
  });

  it("has errors, users, and iterations that were dropped", () => {
    const panels = panelsOf(samples, 4, 4);
    expect(lineOf(panels, "k6-errors", "", "http_req_failed")?.at(-1)).to.equal(25);
    expect(lineOf(panels, "k6-throughput", "", "requests")?.at(-1)).to.equal(6);
    expect(lineOf(panels, "k6-users", "", "users")).to.deep.equal([1, 1, 1, 1]);
    expect(lineOf(panels, "k6-users", "", "dropped iterations")).to.deep.equal([null, null, null, 2]);
  });

  it("has a second in both its halves, and several seconds as one", () => {
    const fine = panelsOf(samples, 4, 8);
    expect(lineOf(fine, "k6-users", "", "users"))
      .to.have.length(8)
      .and.not.include(null);
    expect(lineOf(fine, "k6-throughput", "", "requests")?.slice(-2)).to.deep.equal([6, 6]);
    const coarse = panelsOf(samples, 4, 2);
    expect(lineOf(coarse, "k6-throughput", "", "requests")?.at(-1)).to.equal(3);
    expect(lineOf(coarse, "k6-latency", "http_req_duration", "p99")).to.deep.equal([90, 400]);
  });

  it("is not there without k6", () => {
    expect(panelsOf([], 4, 4)).to.deep.equal([]);
  });
});
