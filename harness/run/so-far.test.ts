import { expect } from "chai";
import { leak } from "../checkers/leak.ts";
import { transcription } from "../checkers/transcription.ts";
import type { Sample } from "../report/record.ts";
import { VerdictSoFar } from "./so-far.ts";

const sample = (metric: string, second: number, value: number): Sample => {
  return { time: second * 1e9, metric, node: "stt-1", value };
};

describe("the verdict so far", () => {
  it("is open, then passed, and failed as soon as a leak shows", () => {
    const checks = [transcription(), leak({ metric: "sockets" }), leak({ metric: "threads" })];
    const soFar = new VerdictSoFar(checks);
    expect(soFar.say()).to.equal("inconclusive so far: 0 checks of samples passed, 2 open");
    for (let second = 0; second < 200; second++) {
      soFar.add(sample("sockets", second, 40 + (second % 3)));
      soFar.add(sample("threads", second, 11));
    }
    expect(soFar.say()).to.equal("passed so far: 2 checks of samples passed, 0 open");
    for (let second = 200; second < 1_000; second++) soFar.add(sample("sockets", second, second / 5));
    expect(soFar.say()).to.match(
      /^failed so far: leak: 1 leak; first: sockets of stt-1 grows by 7\d\d an hour/,
    );
  });

  it("is silent without checkers that can say anything before the end", () => {
    expect(new VerdictSoFar([transcription()]).say()).to.equal(undefined);
  });
});
