import { decodeJwt } from "jose";
import type { Principal, TokenVerifier } from "../api/auth.ts";
import { ConnectionEnd, closeCodes } from "./errors.ts";
import type { Frame } from "./frames.ts";

export type TokenCheck = Pick<TokenVerifier, "verify">;

/** Whom a connection speaks for. */
export interface LiveUser {
  readonly principal: Principal;
  /** Until the token expires, ms. */
  readonly expiresInMs: number;
}

/** The longest time a timer can wait. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Who sends a CONNECT: by its header `Authorization: Bearer <JWT>`, or `passcode`, which holds the JWT alone.
 * @throws ConnectionEnd when there is no valid token; KeysUnavailable.
 */
export async function authenticate({ headers }: Frame, tokens: TokenCheck): Promise<LiveUser> {
  const authorization = headers.get("Authorization") ?? headers.get("authorization") ?? "";
  const token = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? headers.get("passcode");
  const principal = token === undefined ? null : await tokens.verify(token);
  if (token === undefined || !principal) {
    const message = token === undefined ? "CONNECT needs a bearer token" : "the token is not valid";
    throw new ConnectionEnd("unauthenticated", message, closeCodes.policy);
  }
  const { exp } = decodeJwt(token);
  const expiresInMs = exp === undefined ? maxTimerMs : Math.min(exp * 1_000 - Date.now(), maxTimerMs);
  return { principal, expiresInMs: Math.max(expiresInMs, 0) };
}
