import type { RequestHandler, Response } from "express";
import { type CryptoKey, createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import type { JwtConfig } from "../config.ts";
import { problem } from "./problem.ts";

/** What a token may allow: create and feed recordings, read them, tend to dead letters. */
export const scopes = ["stt:write", "stt:read", "stt:admin"] as const;
export type Scope = (typeof scopes)[number];

/** Who makes a request, and what the token allows. */
export interface Principal {
  /** The owner of recordings: the token's `sub`. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

/** The identity provider's keys could not be fetched, so that nobody can say whether the token is good. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** Seconds by which our clock and the issuer's may differ. */
const clockToleranceSeconds = 5;

/** Keys are fetched again after this long, and at once for an unknown key id, but not more often than the cooldown. */
const keysCachedMs = 30 * 60 * 1_000;
const keysCooldownMs = 30_000;
const keysTimeoutMs = 2_000;

const claims = z.object({
  // It becomes a column of PostgreSQL, which knows no NUL; other control characters would garble logs.
  sub: z.string().regex(/^\P{Cc}{1,255}$/u),
  scope: z.string().default(""),
});

/** Verifies bearer tokens: JWTs signed with a shared secret (HS256) or by an identity provider (RS256, JWKS). */
export class TokenVerifier {
  readonly #config: JwtConfig;
  readonly #algorithms: string[];
  readonly #keyFor: JWTVerifyGetKey;

  constructor(config: JwtConfig) {
    const secret = config.secret === undefined ? undefined : importSecret(config.secret);
    const remoteKey = config.jwksUrl === undefined ? undefined : remoteKeys(new URL(config.jwksUrl));
    this.#config = config;
    this.#algorithms = [...(secret ? ["HS256"] : []), ...(remoteKey ? ["RS256"] : [])];
    // Each key serves its own algorithm only: a public key must never be taken for a shared secret.
    this.#keyFor = async (header, token) => {
      const key = header.alg === "HS256" ? await secret : await remoteKey?.(header, token);
      if (!key) throw new errors.JOSENotSupported(`no key for ${header.alg}`);
      return key;
    };
  }

  /**
   * Who the token speaks for, or null when it is not valid.
   * @throws KeysUnavailable
   */
  async verify(token: string): Promise<Principal | null> {
    const { issuer, audience } = this.#config;
    try {
      const { payload } = await jwtVerify(token, this.#keyFor, {
        algorithms: this.#algorithms,
        clockTolerance: clockToleranceSeconds,
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      });
      const { sub, scope } = claims.parse(payload);
      return { subject: sub, scopes: new Set(scope.split(" ").filter((word) => word !== "")) };
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      return null;
    }
  }
}

/** Imported once, not for every token. */
function importSecret(secret: string): Promise<CryptoKey> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), hmac, false, ["verify"]);
}

/** The provider's keys. What jose throws about the token stays as it is; the rest is the provider being away. */
function remoteKeys(url: URL): JWTVerifyGetKey {
  const keySet = createRemoteJWKSet(url, {
    cacheMaxAge: keysCachedMs,
    cooldownDuration: keysCooldownMs,
    timeoutDuration: keysTimeoutMs,
  });
  return async (header, token) => {
    try {
      return await keySet(header, token);
    } catch (error) {
      const aboutTheToken =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      if (aboutTheToken) throw error;
      throw new KeysUnavailable(`no keys from ${url.href}: ${String(error)}`, { cause: error });
    }
  };
}

/** Lets in requests with a valid bearer token. */
export function authenticate(verifier: TokenVerifier): RequestHandler {
  return async (request, response, next) => {
    const token = /^Bearer (\S+)$/i.exec(request.get("authorization") ?? "")?.[1];
    if (token === undefined) throw unauthenticated("a bearer token is needed", "Bearer");
    const principal = await verifier.verify(token);
    if (!principal) throw unauthenticated("the token is not valid", 'Bearer error="invalid_token"');
    response.locals.principal = principal;
    next();
  };
}

/** Lets in those whose token has the scope. To be used after {@link authenticate}. */
export function requireScope(scope: Scope): RequestHandler {
  return (_request, response, next) => {
    if (!principalOf(response).scopes.has(scope)) {
      const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
      throw problem(
        "insufficient-scope",
        { detail: `the token lacks the scope ${scope}`, scope },
        { "www-authenticate": challenge },
      );
    }
    next();
  };
}

/** Whom {@link authenticate} has let in. */
export function principalOf(response: Response): Principal {
  return response.locals.principal as Principal;
}

function unauthenticated(detail: string, challenge: string) {
  return problem("unauthenticated", { detail }, { "www-authenticate": challenge });
}
