import { expect } from "chai";
import { UsageError } from "../../../util/errors.ts";
import { loadConfluent } from "./confluent-library.ts";

describe("the optional client library", () => {
  it("says, when it is not installed, what to do", () => {
    let failure: unknown;
    try {
      loadConfluent("not-installed-anywhere");
    } catch (error) {
      failure = error;
    }
    expect(failure).to.be.instanceOf(UsageError);
    expect((failure as UsageError).message).to.match(/confluent-defaults needs .*not-installed-anywhere/);
    expect((failure as UsageError).hint).to.contain("npm install");
  });
});
