import { expect } from "chai";
import { createMetrics } from "../telemetry/metrics.ts";
import { WorkLimit } from "./work-limit.ts";

describe("the bound on work", () => {
  const metrics = createMetrics("test");
  const gauges = async () => {
    const read = async (gauge: typeof metrics.workActive) => (await gauge.get()).values[0]?.value ?? 0;
    return { active: await read(metrics.workActive), waiting: await read(metrics.workWaiting) };
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  it("lets so many work at once, the others in turn, and shows both", async () => {
    const limit = new WorkLimit("upstream", 2, metrics);
    const { signal } = new AbortController();
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const begun: number[] = [];
    const work = gates.map((gate, index) =>
      limit.run(async () => {
        begun.push(index);
        await gate.promise;
        return index;
      }, signal),
    );
    await turn();
    expect(begun).to.deep.equal([0, 1]);
    expect(await gauges()).to.deep.equal({ active: 2, waiting: 1 });
    gates[1]?.reject(new Error("it failed"));
    expect(await work[1]?.catch(String)).to.equal("Error: it failed");
    await turn();
    expect(begun).to.deep.equal([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    expect([await work[0], await work[2]]).to.deep.equal([0, 2]);
    expect(await gauges()).to.deep.equal({ active: 0, waiting: 0 });
  });

  it("begins nothing that is not wanted any more when its turn comes", async () => {
    const limit = new WorkLimit("upstream", 1, metrics);
    const gate = Promise.withResolvers<void>();
    const first = limit.run(() => gate.promise, new AbortController().signal);
    const stopping = new AbortController();
    let begun = false;
    const second = limit.run(async () => {
      begun = true;
    }, stopping.signal);
    stopping.abort(new Error("the consumer is closing"));
    gate.resolve();
    await first;
    expect(await second.catch(String)).to.equal("Error: the consumer is closing");
    expect(begun).to.equal(false);
    expect(await gauges()).to.deep.equal({ active: 0, waiting: 0 });
  });
});
