import { expect } from "chai";
import { ReplyError } from "ioredis";
import { checkHistory } from "../checkers/check.ts";
import { linearizable } from "../checkers/linearizable.ts";
import { pairOperations } from "../history/operations.ts";
import { UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { cacheUsers, type Registers, RunningCacheUsers } from "./cache-users.ts";
import { isRefusal, RegisterError } from "./redis-registers.ts";
import { type FakeContext, fakeContext } from "./testing/fake-context.ts";

const settings = { rate: 100, keys: 2, clients: 3, cas: true, drainMs: 1_000 };

/** Registers in memory; `mishap` decides over each write. */
class FakeRegisters implements Registers {
  readonly #values: Map<string, number>;
  readonly #mishap: (value: number) => Error | undefined;

  constructor(values: Map<string, number>, mishap: (value: number) => Error | undefined) {
    this.#values = values;
    this.#mishap = mishap;
  }

  async read(key: string): Promise<number | null> {
    return this.#values.get(key) ?? null;
  }

  async write(key: string, value: number): Promise<void> {
    const mishap = this.#mishap(value);
    if (mishap) throw new RegisterError(mishap);
    this.#values.set(key, value);
  }

  async cas(key: string, old: number, value: number): Promise<boolean> {
    if (this.#values.get(key) !== old) return false;
    await this.write(key, value);
    return true;
  }

  [Symbol.dispose](): void {}
}

describe("the cacheUsers workload", () => {
  let fake: FakeContext;
  beforeEach(() => {
    fake = fakeContext();
  });
  afterEach(() => fake[Symbol.dispose]());

  async function run(mishap: (value: number) => Error | undefined): Promise<RunningCacheUsers> {
    const values = new Map<string, number>();
    const workload = new RunningCacheUsers(settings, fake.context, () => new FakeRegisters(values, mishap));
    await until(() => workload.stats().ok >= 400, "enough was done", fake.context.clock).atMost("60s");
    await workload.drained();
    fake.history.phase = "drain";
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    return workload;
  }
  const operations = () => pairOperations(fake.history.events);

  it("reads, writes and swaps registers, a few hundred times each, and reads each of them in the end", async () => {
    await run(() => undefined);
    const [result] = checkHistory(fake.history.events, [linearizable({ model: "cas-register" })]).results;
    expect(result?.verdict, result?.reason).to.equal("passed");
    const kinds = Map.groupBy(operations(), ({ invoke }) => invoke.f);
    expect([...kinds.keys()].sort()).to.deep.equal(["cas", "read", "write"]);
    const keys = new Set(operations().map(({ invoke }) => invoke.key));
    expect(keys.size).to.be.greaterThan(settings.keys); // fresh ones after a while
    const last = operations().filter(({ invoke }) => invoke.phase === "drain");
    expect(last.map(({ invoke }) => invoke.key)).to.have.members([...keys]);
  });

  it("records a write without an answer as info, and one that was refused as fail", async () => {
    const workload = await run((value) =>
      value % 10 === 0
        ? new Error("Command timed out")
        : value % 10 === 1
          ? new ReplyError("READONLY no")
          : undefined,
    );
    const { indeterminate, failed } = workload.stats();
    const ended = (type: string) => operations().filter(({ completion }) => completion?.type === type);
    expect(ended("info")).to.have.length(indeterminate).and.not.to.be.empty;
    expect(ended("fail")).to.have.length(failed).and.not.to.be.empty;
    for (const { invoke } of ended("info")) expect(Number([invoke.value].flat().at(-1)) % 10).to.equal(0);
  });

  it("holds what Redis would not begin, and what was never sent, for refused; nothing else", () => {
    for (const reply of ["READONLY You can't write", "NOREPLICAS Not enough", "LOADING Redis is"])
      expect(isRefusal(new ReplyError(reply)), reply).to.equal(true);
    expect(isRefusal(new Error("Stream isn't writeable and enableOfflineQueue options is false"))).to.equal(
      true,
    );
    expect(isRefusal(new ReplyError("ERR something"))).to.equal(false);
    expect(isRefusal(new Error("Command timed out"))).to.equal(false);
    expect(isRefusal(new Error("Connection is closed."))).to.equal(false);
  });

  it("refuses settings that make no sense", () => {
    expect(() => cacheUsers({ rate: -1 })).to.throw(UsageError, "rate must be above 0");
    expect(() => cacheUsers({ rate: 1, clients: 0 })).to.throw(UsageError, "clients must be 1 or more");
    expect(() => cacheUsers({ rate: 1 }).start(fake.context)).to.throw(UsageError, "has no Redis");
  });
});
