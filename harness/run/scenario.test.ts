import { expect } from "chai";
import { cluster } from "../topology/cluster.ts";
import { UsageError } from "../util/errors.ts";
import { cacheUsers } from "../workload/cache-users.ts";
import { k6 } from "../workload/k6.ts";
import { mixed } from "../workload/mixed.ts";
import type { Workload } from "../workload/workload.ts";
import { componentsOf, scenario } from "./scenario.ts";

const users = cacheUsers({ rate: 1 });
const load = k6({ script: "stt-load", profile: "smoke" });
const boundedBy = (workload: Workload) =>
  scenario({
    title: "a load is bounded",
    topology: cluster({ redis: "single" }),
    ...{ workload, faults: [], checks: [] },
    thresholds: { steady: { "k6.http_req_failed": "rate<0.05 within 10s" } },
  });

describe("a scenario with k6", () => {
  it("has it provisioned, beside what the topology needs", () => {
    expect(componentsOf(boundedBy(mixed([users, load]))))
      .to.include.members(["k6", "redis"])
      .and.have.length(new Set(componentsOf(boundedBy(load))).size);
  });

  it("may bound what k6 measures; without it, that is a mistake", () => {
    expect(boundedBy(load).thresholds[0]?.bound.expression).to.equal("rate<0.05 within 10s");
    expect(() => boundedBy(users)).to.throw(UsageError, "no k6 is among the workloads");
  });
});
