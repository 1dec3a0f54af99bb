import { expect } from "chai";
import { type Arm, type BenchContext, type Benchmark, runBenchmark } from "./benchmark.ts";

describe("bench runner", () => {
  const context = (signal = new AbortController().signal): BenchContext => ({ signal, say: () => {} });

  /** An arm that notes its turns and gives the next of some values each time. */
  const arm = (name: string, values: number[], turns: string[] = []): Arm => ({
    name,
    measure: async () => {
      turns.push(name);
      return { [name]: [values.shift() ?? Number.NaN] };
    },
  });

  const benchmark = (open: Benchmark["open"], changes: Partial<Benchmark> = {}): Benchmark => ({
    name: "test",
    about: "a test",
    rounds: 3,
    comparisons: [{ what: "it", unit: "ms", better: "less", ours: "A", baseline: "B" }],
    open,
    ...changes,
  });

  it("lets the arms take turns", async () => {
    const turns: string[] = [];
    await runBenchmark(
      benchmark(async () => [arm("A", [1, 2, 3], turns), arm("B", [4, 5, 6], turns)]),
      context(),
    );
    expect(turns.join(" ")).to.equal("A B A B A B");
  });

  it("compares medians", async () => {
    const { comparisons } = await runBenchmark(
      benchmark(async () => [arm("A", [1, 2, 90]), arm("B", [4, 3, 80])]),
      context(),
    );
    expect(comparisons).to.deep.equal([
      {
        what: "it",
        unit: "ms",
        better: "less",
        ours: { median: 2, min: 1, max: 90, count: 3 },
        baseline: { name: "B", median: 4, min: 3, max: 80, count: 3 },
        ratio: 0.5,
      },
    ]);
  });

  it("takes as many rounds as it is told", async () => {
    const { comparisons } = await runBenchmark(
      benchmark(async () => [arm("A", [1, 2]), arm("B", [4, 3])]),
      context(),
      2,
    );
    expect(comparisons[0]?.ours.count).to.equal(2);
  });

  it("shows a row without a baseline as it is", async () => {
    const alone = benchmark(async () => [arm("A", [1, 2, 3])], {
      comparisons: [{ what: "it", unit: "bytes", better: "less", ours: "A" }],
    });
    const [row] = (await runBenchmark(alone, context())).comparisons;
    expect(row).to.have.all.keys("what", "unit", "better", "ours");
  });

  it("judges bounds by the median, and tells the worst round", async () => {
    const bounded = benchmark(async () => [arm("A", [1, 2, 50]), arm("B", [4, 3, 80])], {
      bounds: [{ what: "it", unit: "ms", ours: "A", limit: 100 }],
    });
    expect((await runBenchmark(bounded, context())).bounds).to.deep.equal([
      {
        what: "it",
        unit: "ms",
        limit: 100,
        measured: { median: 2, min: 1, max: 50, count: 3 },
        factor: 50,
        worstFactor: 2,
      },
    ]);
  });

  it("names a series that no arm measured", async () => {
    const failure = await runBenchmark(
      benchmark(async () => [arm("A", [1, 2, 3])]),
      context(),
    ).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RangeError);
    expect((failure as RangeError).message).to.equal("no arm measured B; measured: A");
  });

  it("undoes what it opened, also when an arm fails or it is interrupted", async () => {
    const undone: string[] = [];
    const reason = new Error("Ctrl-C");
    const failing: Arm = { name: "A", measure: () => Promise.reject(new Error("broken")) };
    for (const signal of [new AbortController().signal, AbortSignal.abort(reason)]) {
      const opened = benchmark(async (_context, stack) => {
        stack.defer(() => void undone.push("undone"));
        return [failing];
      });
      const failure = await runBenchmark(opened, context(signal)).catch((error: unknown) => error);
      expect((failure as Error).message).to.equal(signal.aborted ? "Ctrl-C" : "broken");
    }
    expect(undone).to.have.lengthOf(2);
  });
});
