import { hmac } from "k6/crypto";
import { b64encode } from "k6/encoding";
import { vu } from "k6/execution";
import type { Settings } from "./settings.ts";
import { signToken } from "./token.ts";

const hs256 = {
  encode: (text: string) => b64encode(text, "rawurl"),
  sign: (secret: string, text: string) => hmac("sha256", secret, text, "base64rawurl"),
};

/**
 * A token for this virtual user: the one that was given; else one of its own, so that the service's limits of a subject
 * are limits of a user.
 * @throws Error when there is nothing to make one of.
 */
export function tokenOf({ token, secret }: Pick<Settings, "token" | "secret">): string {
  if (token !== undefined) return token;
  if (secret !== undefined) return signToken(secret, `k6-${vu.idInTest}`, Date.now(), hs256);
  throw new Error(
    "no token: give one by -e TOKEN=... (`faultline up` prints one), or the service's own secret by -e STT_JWT_SECRET=...",
  );
}
