import { expect } from "chai";
import { history, type Line } from "../testing/lines.ts";
import { type ModelName, models } from "./models.ts";
import { objectsOf } from "./objects.ts";
import { judgeObject } from "./witness.ts";

const unsure = (count: number, f: string, valueAt: (n: number) => unknown = () => null): Line[] =>
  Array.from({ length: count }, (_, n): Line => ["invoke", 1_000 + n, f, { value: valueAt(n) }]);
const done = (f: string, asked: unknown, answer: unknown = asked): Line[] => [
  ["invoke", 0, f, { value: asked }],
  ["ok", 0, f, { value: answer }],
];
/** The verdict, or undefined when it took more configurations. */
function judge(model: ModelName, configurations: number, ...lines: Line[]): boolean | undefined {
  const [object] = objectsOf(history(...lines), models[model]);
  const limit = { configurations, isSpent: () => false };
  return judgeObject(object?.operations ?? [], models[model], limit)?.linearizable;
}

describe("the search", () => {
  const writes = Array.from({ length: 40 }, (_, n) => done("write", n)).flat();

  it("gives up at its limit", () => {
    const appends = unsure(9, "append", String);
    const wrong = [...done("put", ""), ...done("get", null, "876543210!")];
    expect(judge("kv", 5, ...appends, ...done("get", null, "876543210"), ...wrong)).to.equal(undefined);
    expect(judge("kv", 10_000, ...appends, ...done("get", null, "876543210"), ...wrong)).to.equal(false);
  });

  it("is not held up by writes of unknown outcome that nobody reads", () => {
    const infos = unsure(40, "write", (n) => `lost ${n}`);
    expect(judge("register", 100, ...infos, ...writes, ...done("read", null, 39))).to.equal(true);
    expect(judge("register", 100, ...infos, ...writes, ...done("read", null, 38))).to.equal(false);
  });

  it("tries only the least spending of writes of unknown outcome that may be read", () => {
    // Any subset of them, in any order, may come before each read: more than could ever be tried.
    const infos = unsure(40, "write", (n) => n);
    const reads = Array.from({ length: 20 }, (_, n) => done("read", null, n)).flat();
    const never = done("read", null, "never");
    expect(judge("register", 2_000, ...infos, ...reads, ...never)).to.equal(false);
  });

  it("treats operations of unknown outcome that do the same as one", () => {
    const locks = [
      ...unsure(30, "acquire"),
      ...unsure(30, "release").map(([type, process, f]): Line => [type, process + 50, f]),
    ];
    const rounds = Array.from({ length: 31 }, () => done("acquire", null)).flat();
    expect(judge("mutex", 2_000, ...locks, ...rounds)).to.equal(true);
    expect(judge("mutex", 2_000, ...locks, ...rounds, ...done("acquire", null))).to.equal(false);
  });

  it("does not try the orders of appends that no get shows", () => {
    const lost = unsure(30, "append", (n) => `<${n}>`);
    const seen = [...done("append", "a"), ...done("append", "b")];
    expect(judge("kv", 100, ...lost, ...seen, ...done("get", null, "ba"))).to.equal(false);
  });

  it("does not enqueue behind what comes out later", () => {
    const enqueues = Array.from({ length: 30 }, (_, n): Line[] => [
      ["invoke", n, "enqueue", { value: n }],
    ]).flat();
    const answers = Array.from({ length: 30 }, (_, n): Line => ["ok", n, "enqueue", { value: n }]);
    const order = Array.from({ length: 30 }, (_, n) => (n * 7) % 30);
    const dequeues = order.flatMap((n): Line[] =>
      done("dequeue", null, n).map(([type, , f, rest]): Line => [type, 99, f, { ...rest }]),
    );
    expect(judge("queue", 100, ...enqueues, ...answers, ...dequeues)).to.equal(true);
    expect(judge("queue", 5_000, ...enqueues, ...answers, ...dequeues, ...done("dequeue", null, 3))).to.equal(
      false,
    );
  });

  it("orders concurrent acquires by their fences at once", () => {
    const acquires = Array.from({ length: 30 }, (_, n): Line => ["invoke", n, "acquire"]);
    const releases = unsure(30, "release");
    const answers = Array.from(
      { length: 30 },
      (_, n): Line => ["ok", n, "acquire", { value: { fence: (n * 7) % 30 } }],
    );
    expect(judge("fenced-mutex", 1_000, ...acquires, ...releases, ...answers)).to.equal(true);
  });
});
