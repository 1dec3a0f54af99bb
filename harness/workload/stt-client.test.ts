import { expect } from "chai";
import { seededRandom } from "../util/random.ts";
import { mayRetry } from "./attempts.ts";
import { outcomeOf, outcomeOfError } from "./stt-client.ts";

describe("the outcome of a request", () => {
  const post = (status: number, body = "{}") => outcomeOf("POST", status, body).type;

  it("is fail only where nothing can have happened", () => {
    expect([400, 401, 404, 409, 429].map((status) => post(status))).to.deep.equal(Array(5).fill("fail"));
    expect([408, 500, 502, 503, 504].map((status) => post(status))).to.deep.equal(Array(5).fill("info"));
    expect(outcomeOf("GET", 503, "{}").type).to.equal("fail");
    expect([200, 201, 202].map((status) => post(status))).to.deep.equal(Array(3).fill("ok"));
  });

  it("is info for a success whose body is cut off", () => {
    expect(post(202, '{"id":')).to.equal("info");
  });

  it("keeps the problem, the missing chunks and when to come again", () => {
    const body = JSON.stringify({ title: "chunks are missing", detail: "2 of 5", missing: [1, 3] });
    expect(outcomeOf("POST", 409, body, "2")).to.deep.equal({
      type: "fail",
      error: "409 chunks are missing 2 of 5",
      status: 409,
      retryAfterMs: 2_000,
      missing: [1, 3],
    });
  });

  it("of an error is fail only when the connection was never made", () => {
    const error = (code: string) => outcomeOfError(Object.assign(new Error("x"), { code })).type;
    expect(["ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT"].map(error)).to.deep.equal(["fail", "fail"]);
    expect(["ECONNRESET", "UND_ERR_SOCKET", "EPIPE"].map(error)).to.deep.equal(["info", "info", "info"]);
    expect(outcomeOfError(new Error("anything")).type).to.equal("info");
  });
});

describe("retrying", () => {
  it("is for what is open, and not for a refusal", () => {
    const refusal = (status: number) => ({ type: "fail", error: "", status }) as const;
    expect(mayRetry("chunk", { type: "info", error: "" })).to.equal(true);
    expect(mayRetry("chunk", { type: "fail", error: "ECONNREFUSED" })).to.equal(true);
    expect(mayRetry("chunk", refusal(429))).to.equal(true);
    expect(mayRetry("chunk", refusal(409))).to.equal(false);
    expect(mayRetry("convert", refusal(409))).to.equal(true);
    expect(mayRetry("status", refusal(404))).to.equal(true);
  });
});

describe("seeded random numbers", () => {
  it("are the same for the same seed, in [0, 1), and spread", () => {
    const take = (seed: number) => Array.from({ length: 1_000 }, seededRandom(seed));
    expect(take(1)).to.deep.equal(take(1));
    expect(take(1)).to.not.deep.equal(take(2));
    expect(take(3).every((n) => n >= 0 && n < 1)).to.equal(true);
    expect(take(3).reduce((a, b) => a + b) / 1_000).to.be.within(0.45, 0.55);
  });
});
