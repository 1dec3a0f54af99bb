import { expect } from "chai";
import { decodeJwt, jwtVerify } from "jose";
import { signToken } from "./token.ts";

const secret = "a secret of at least thirty-two characters";

describe("a token for the service", () => {
  it("names its bearer and what it may do, and is signed with the topology's secret", async () => {
    const token = await signToken(secret, "alice", ["stt:read", "stt:admin"]);
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ["HS256"] });
    expect(payload).to.include({ sub: "alice", scope: "stt:read stt:admin" });
    expect((payload.exp ?? 0) - (decodeJwt(token).iat ?? 0)).to.equal(7 * 24 * 3_600);
  });
});
