import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { NetworkKind } from "../../harness/network/private-network.ts";
import { describeInPrivateNetwork } from "../../harness/network/testing/in-private-network.ts";
import { runScenario } from "../../harness/run/runner.ts";
import { leaderIsolated } from "./leader-isolated.scenario.ts";

describe("leader isolated by proxies, in a short form", () => tellsTheStory("proxy"));
describeInPrivateNetwork("leader isolated by dropped packets, in a short form", import.meta.url, () =>
  tellsTheStory("netns"),
);

/** The same in both networks. */
function tellsTheStory(network: NetworkKind): void {
  let reports: string;
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "leader-isolated-test-"));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  it("passes: proven, failed over before the heal, healed, recovered, nothing lost or done twice", async () => {
    const { record, error } = await runScenario(
      {
        file: "scenarios/split-brain/leader-isolated.scenario.ts",
        scenario: leaderIsolated({ rate: 2, steady: "3s", cutFor: "8s" }),
      },
      { reportsFolder: reports, seed: 1, network, observer: () => {}, signal: new AbortController().signal },
    );
    if (error) throw error;
    expect(record.verdict, record.reasons.join("\n")).to.equal("passed");
    expect(record.network).to.equal(network);
    const [fault] = record.faults;
    const [leader] = fault?.nodes ?? [];
    expect(fault?.links).to.have.lengthOf(4);
    expect(fault?.links.every((link) => link.includes(leader ?? "none"))).to.equal(true);
    expect(fault?.proof).to.contain("no answer");
    expect(fault?.failoverMs).to.be.a("number");
    expect(fault?.escalations).to.deep.equal([]);
    expect(fault?.healProof).to.contain(`${leader} is ready and in sync on all its`);
    expect(fault).to.deep.include({ lost: 0, duplicated: 0 });
  });
}
