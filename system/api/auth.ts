import type { RequestHandler, Response } from "express";
import { jwtVerify } from "jose";
import { z } from "zod";
import { HttpProblem } from "./problem.ts";

const claims = z.object({ sub: z.string().min(1) });

/** Lets in requests with a bearer token (JWT, HS256) that names a subject. */
export function authenticate(secret: string): RequestHandler {
  const key = new TextEncoder().encode(secret);
  return async (request, response, next) => {
    const token = /^Bearer (\S+)$/i.exec(request.get("authorization") ?? "")?.[1];
    if (token === undefined) throw unauthorized("a bearer token is needed", "Bearer");
    const subject = await verifiedSubject(token, key);
    if (subject === null) throw unauthorized("the token is not valid", 'Bearer error="invalid_token"');
    response.locals.subject = subject;
    next();
  };
}

/** The subject {@link authenticate} has let in. */
export function subjectOf(response: Response): string {
  return z.string().parse(response.locals.subject);
}

async function verifiedSubject(token: string, key: Uint8Array): Promise<string | null> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"] });
    return claims.parse(payload).sub;
  } catch {
    return null;
  }
}

function unauthorized(detail: string, challenge: string): HttpProblem {
  return new HttpProblem(401, "Unauthorized", { detail }, { "www-authenticate": challenge });
}
