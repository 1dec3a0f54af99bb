import { expect } from "chai";
import { UsageError } from "../../util/errors.ts";
import { boundsOf } from "./load.ts";

describe("bounds on the command line of a load", () => {
  it("are a metric of k6 and what holds of it", () => {
    expect(
      boundsOf([
        "http_req_failed rate<0.2 within 10s",
        "k6.http_req_failed rate < 0.05",
        "http_req_duration{name:GET /a b} p(95)<300",
      ]),
    ).to.deep.equal({
      "k6.http_req_failed": ["rate<0.2 within 10s", "rate < 0.05"],
      "k6.http_req_duration{name:GET /a b}": ["p(95)<300"],
    });
  });

  it("are refused when one half is missing", () => {
    for (const bound of ["http_req_failed", "", "  "]) expect(() => boundsOf([bound])).to.throw(UsageError);
  });
});
