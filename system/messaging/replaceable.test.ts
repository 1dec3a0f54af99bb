import { expect } from "chai";
import { Replaceable } from "./replaceable.ts";

describe("a replaceable client", () => {
  const closed: number[] = [];
  let made: number;
  let failures: number;
  let client: Replaceable<number>;

  beforeEach(() => {
    closed.length = 0;
    made = 0;
    failures = 0;
    client = new Replaceable(
      async () => {
        if (failures-- > 0) throw new Error("cannot connect");
        return ++made;
      },
      async (one) => closed.push(one),
    );
  });

  it("is made once and shared", async () => {
    expect(await Promise.all([client.use(async (one) => one), client.use(async (one) => one)])).to.deep.equal(
      [1, 1],
    );
  });

  it("serves its users to the end when it is retired, then is closed", async () => {
    const gate = Promise.withResolvers<void>();
    const user = client.use(async (one) => {
      await gate.promise;
      return one;
    });
    client.retire();
    expect(await client.use(async (one) => one)).to.equal(2);
    expect(closed).to.deep.equal([]);
    gate.resolve();
    expect(await user).to.equal(1);
    expect(closed).to.deep.equal([1]);
    await client.close();
    expect(closed).to.deep.equal([1, 2]);
  });

  it("is made again after it could not be", async () => {
    failures = 1;
    const first = await client.use(async (one) => one).catch((error: Error) => error.message);
    expect(first).to.equal("cannot connect");
    expect(await client.use(async (one) => one)).to.equal(1);
  });
});
