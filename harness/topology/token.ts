import { SignJWT } from "jose";

/** What a token lets its bearer do. */
export type Scope = "stt:read" | "stt:write" | "stt:admin";

/** A bearer token (JWT, HS256) that the service of a topology accepts, for a week. @param secret the topology's. */
export function signToken(secret: string, subject: string, scopes: readonly Scope[]): Promise<string> {
  return new SignJWT({ scope: scopes.join(" ") })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime("7d")
    .sign(new TextEncoder().encode(secret));
}
