import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { type LoadCompareOptions, loadCompare, wantedSides } from "./load-compare.ts";

const options: LoadCompareOptions = { pairs: 10, seed: 1, reports: "reports", jwtSecret: "" };

describe("the sides of a comparison under load", () => {
  it("are two services that run already, by their URLs", () => {
    expect(wantedSides({ ...options, baseUrl: "http://old", compare: "http://new" })).to.deep.equal({
      a: { url: "http://old" },
      b: { url: "http://new" },
    });
  });

  it("are our service and another entry file of it, on topologies that are not the same", () => {
    const { a, b } = wantedSides({ ...options, compare: import.meta.filename });
    if (b === undefined || !("topology" in a && "topology" in b)) expect.fail("both are topologies");
    expect(a.topology.key).not.to.equal(b.topology.key);
  });

  it("are one service where the other is a baseline", () => {
    expect(wantedSides({ ...options, baseUrl: "http://new" })).to.deep.equal({
      a: { url: "http://new" },
    });
  });

  it("are refused where they do not fit together", () => {
    for (const wrong of [
      { compare: "http://new" },
      { baseUrl: "http://old", compare: import.meta.filename },
      { compare: "no/such/entry.ts" },
    ])
      expect(() => wantedSides({ ...options, ...wrong }), JSON.stringify(wrong)).to.throw(UsageError);
  });

  it("are not started for a script that is not there", async () => {
    const sides = { ...options, baseUrl: "http://old", compare: "http://new" };
    const k6 = { script: "stt-lod", profile: "smoke" };
    const error = await loadCompare(k6, sides, new AbortController().signal).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(UsageError);
    expect(String(error)).to.include("there is no script");
  });
});
