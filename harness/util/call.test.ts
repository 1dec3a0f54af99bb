import { expect } from "chai";
import { callsIn, madeBy, sourceOf } from "./call.ts";

describe("calls, written down", () => {
  const made = (name: string, ...args: unknown[]) => ({ run: () => {}, ...madeBy(name, ...args) });

  it("are JSON, with what knows how it was made in them", () => {
    const { source } = made("kill", made("leaderOf", "orders", 2), { force: true, why: undefined });
    const call = {
      call: "kill",
      args: [{ call: "leaderOf", args: ["orders", 2] }, { force: true }],
    };
    expect(source).to.deep.equal(call);
    expect(JSON.parse(JSON.stringify(source))).to.deep.equal(call);
  });

  it("leave out what was not given", () => {
    expect(made("isolate", undefined, {}).source).to.deep.equal({ call: "isolate", args: [] });
  });

  it("are not there when a part is of somebody's own", () => {
    for (const own of [
      { resolve: () => [] },
      [() => {}],
      { deep: { own: new Date() } },
      Number.NaN,
      Symbol.iterator,
    ])
      expect(made("kill", own)).not.to.have.property("source");
  });

  it("read as a person writes them", () => {
    const { source } = made(
      "bySite",
      { a: ["stt-1", made("redisPrimary")], "b-2": [] },
      -1.5,
      'say "x"',
      null,
      true,
    );
    if (source === undefined) throw new Error("it was not written down");
    expect(sourceOf(source)).to.equal(
      'bySite({ a: ["stt-1", redisPrimary()], "b-2": [] }, -1.5, "say \\"x\\"", null, true)',
    );
    expect(callsIn(source)).to.deep.equal(["bySite", "redisPrimary"]);
  });
});
