import { expect } from "chai";
import { withDeadline } from "./with-deadline.ts";

describe("withDeadline", () => {
  it("gives what the work gives", async () => {
    expect(await withDeadline(Promise.resolve(3), "1s", "counting")).to.equal(3);
  });

  it("passes an error on", async () => {
    const error = await withDeadline(Promise.reject(new Error("no")), "1s", "counting").catch(String);
    expect(error).to.equal("Error: no");
  });

  it("says what took too long", async () => {
    const error = await withDeadline(new Promise(() => {}), "1ms", "counting").catch(String);
    expect(error).to.equal("Error: counting took longer than 1 ms");
  });
});
