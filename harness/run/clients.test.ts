import { expect } from "chai";
import type { Silences } from "../checkers/silence.ts";
import type { RunRecord } from "../report/record.ts";
import { type ClientRun, clientOf, clientResults, clientRunOf, healedAt } from "./clients.ts";
import { clientCells, clientsTable } from "./clients-table.ts";

const silences = (hung: { acknowledged?: string[]; polled?: string[] } = {}): Silences => ({
  acknowledged: { longestMs: 6_100, hung: hung.acknowledged ?? [] },
  polled: { longestMs: 7_000, hung: hung.polled ?? [] },
});
const record = (more: object = {}) =>
  ({
    scenario: { file: "scenarios/clients/leader-killed.scenario.ts#kafkajs-defaults", title: "" },
    verdict: "failed",
    checks: [
      { name: "log", counts: { acknowledged: 900, lost: 12, duplicates: 3, info: 6, redelivered: 99 } },
      { name: "consumed", counts: { "consumed again": 5 } },
    ],
    faults: [],
    ...more,
  }) as unknown as RunRecord;

describe("a run of a client library", () => {
  it("is told by its record and its silences", () => {
    expect(clientRunOf(record(), silences({ polled: ["log-1"] }))).to.deep.equal({
      ...{ client: "kafkajs-defaults", fault: "leader-killed", decided: true },
      ...{ acknowledged: 900, lost: 12, duplicated: 3, redelivered: 5, unanswered: 6 },
      ...{ acknowledgedGapMs: 6_100, polledGapMs: 7_000, hung: ["polls"] },
    });
  });

  it("decides nothing when it broke, or its fault was not proven", () => {
    for (const verdict of ["errored", "inconclusive"])
      expect(clientRunOf(record({ verdict, checks: [] }), silences())).to.include({
        decided: false,
        lost: 0,
      });
    expect(clientRunOf(record({ verdict: "passed" }), silences()).decided).to.equal(true);
  });

  it("was healed when its last fault was, and not before all were", () => {
    const faults = [{ healProvenAt: 7e9 }, { healProvenAt: 9e9 }, { healProvenAt: 8e9 }];
    expect(healedAt(record({ faults }))).to.equal(9e9);
    expect(healedAt(record({ faults: [...faults, {}] }))).to.equal(undefined);
    expect(healedAt(record())).to.equal(undefined);
  });

  it("is of the client that its variant names", () => {
    expect(clientOf("a/b.scenario.ts#c-d")).to.deep.equal({ client: "c-d", fault: "b" });
  });
});

describe("the results of clients", () => {
  const run: ClientRun = clientRunOf(record(), silences({ acknowledged: ["log-0"] }));
  const broken: ClientRun = { ...run, decided: false, acknowledgedGapMs: 99_000 };

  it("sum what is decided, and take the longest gaps", () => {
    const other: ClientRun = { ...run, acknowledgedGapMs: 3_000, polledGapMs: undefined, hung: [] };
    const [result, ...others] = clientResults([run, broken, other]);
    expect(others).to.deep.equal([]);
    expect(result).to.deep.equal({
      ...{ client: "kafkajs-defaults", fault: "leader-killed", runs: 3, decided: 2 },
      ...{ acknowledged: 1_800, lost: 24, duplicated: 6, redelivered: 10, unanswered: 12 },
      ...{ acknowledgedGapMs: 6_100, polledGapMs: 7_000, hung: { sends: 1, polls: 0 } },
    });
  });

  it("are a row for each client and fault", () => {
    const well: ClientRun = { ...run, fault: "rolling-restart", lost: 0, hung: [] };
    const table = clientsTable(clientResults([run, well, run, broken])).split("\n");
    expect(table.slice(2)).to.deep.equal([
      "| kafkajs-defaults | leader killed | 2 of 3 | 1800 | **24** | 6 | 10 | 12 | 6.1 | 7.0 | **sends** in 2 of 2 |",
      "| kafkajs-defaults | rolling restart | 1 | 900 | 0 | 3 | 5 | 6 | 6.1 | 7.0 | no |",
    ]);
  });

  it("say nothing where nothing was decided", () => {
    const [result] = clientResults([broken]);
    if (result === undefined) throw new Error("no result");
    expect(clientCells(result)).to.deep.equal([
      ...["kafkajs-defaults", "leader killed", "0 of 1"],
      ...Array.from({ length: 8 }, () => "–"),
    ]);
  });
});
