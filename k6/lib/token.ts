/** What HS256 needs, as k6 and Node each have it. */
export interface Hs256 {
  /** Base64url without padding (RFC 4648, section 5), of UTF-8. */
  encode(text: string): string;
  /** HMAC-SHA256 in the same notation. */
  sign(secret: string, text: string): string;
}

const lifetimeSeconds = 7 * 24 * 3_600;

/**
 * A bearer token that the service accepts when it has the same secret: a JWT (RFC 7519) signed by HS256 (RFC 7515).
 * @param subject to whom its recordings belong.
 * @param nowMs ms since 1970; it is valid for a week from then.
 */
export function signToken(secret: string, subject: string, nowMs: number, { encode, sign }: Hs256): string {
  const issued = Math.floor(nowMs / 1_000);
  const claims = { scope: "stt:read stt:write", sub: subject, iat: issued, exp: issued + lifetimeSeconds };
  const signed = `${encode(JSON.stringify({ alg: "HS256", typ: "JWT" }))}.${encode(JSON.stringify(claims))}`;
  return `${signed}.${sign(secret, signed)}`;
}
