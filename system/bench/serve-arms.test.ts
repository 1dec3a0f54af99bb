import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Forked } from "../../harness/bench/forked.ts";

describe("a program with arms", () => {
  it("answers each with its samples, or with why there are none", async () => {
    const { signal } = new AbortController();
    await using program = new Forked(fileURLToPath(new URL("./testing/two-arms.ts", import.meta.url)));
    expect(await program.ask("good", signal)).to.deep.equal({ samples: { x: [1, 2] } });
    expect(await program.ask("bad", signal)).to.deep.equal({ error: "out of luck" });
    expect(await program.ask("none", signal)).to.deep.equal({
      error: "there is no arm none; arms: good, bad",
    });
    expect(await program.ask("good", signal), "goes on").to.deep.equal({ samples: { x: [1, 2] } });
  });
});
