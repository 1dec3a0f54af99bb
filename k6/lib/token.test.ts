import { createHmac } from "node:crypto";
import { expect } from "chai";
import { jwtVerify } from "jose";
import { signToken } from "./token.ts";

const hs256 = {
  encode: (text: string) => Buffer.from(text).toString("base64url"),
  sign: (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("base64url"),
};
const secret = "a secret of at least thirty-two characters";
const key = (text: string) => new TextEncoder().encode(text);

describe("a token of a virtual user", () => {
  const now = Date.parse("2026-01-02T03:04:05.678Z");

  it("is one by the standard, for a week", async () => {
    const token = signToken(secret, "k6-ü", now, hs256);
    const { payload, protectedHeader } = await jwtVerify(token, key(secret), { currentDate: new Date(now) });
    expect(protectedHeader.alg).to.equal("HS256");
    expect(payload).to.include({ sub: "k6-ü", scope: "stt:read stt:write" });
    expect(payload.exp).to.equal(Math.floor(now / 1_000) + 7 * 86_400);
  });

  it("is refused by who has another secret, and after its time", async () => {
    const token = signToken(secret, "k6-1", now, hs256);
    const fails = (verification: Promise<unknown>) =>
      verification.then(
        () => "accepted",
        () => "refused",
      );
    expect(await fails(jwtVerify(token, key(`${secret}!`), { currentDate: new Date(now) }))).to.equal(
      "refused",
    );
    expect(
      await fails(jwtVerify(token, key(secret), { currentDate: new Date(now + 8 * 86_400_000) })),
    ).to.equal("refused");
  });
});
