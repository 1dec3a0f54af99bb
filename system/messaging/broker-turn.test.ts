import { expect } from "chai";
import { BrokerTurn } from "./broker-turn.ts";

describe("the brokers' turn", () => {
  let now = 0;
  const clock = { now: () => now, sleep: async () => {} };
  const hosts = (turn: BrokerTurn) => turn.inTurn().map(({ host }) => host);

  it("begins with the next broker when the first did not answer, and comes round", () => {
    const turn = new BrokerTurn(
      ["a", "b", "c"].map((host) => ({ host, port: 1 })),
      clock,
    );
    expect(hosts(turn)).to.deep.equal(["a", "b", "c"]);
    turn.passOn();
    expect(hosts(turn)).to.deep.equal(["b", "c", "a"]);
    // Several clients found out at the same time: still one broker.
    turn.passOn();
    expect(hosts(turn)).to.deep.equal(["b", "c", "a"]);
    for (const _ of [1, 2]) {
      now += 5_000;
      turn.passOn();
    }
    expect([hosts(turn), turn.turn]).to.deep.equal([["a", "b", "c"], 3]);
  });
});
