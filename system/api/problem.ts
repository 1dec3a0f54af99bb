import type { Response } from "express";
import type { Problem } from "../contract/api.ts";

/** A refusal that is the client's to know about. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    members: Omit<Problem, "type" | "title" | "status"> = {},
    headers: Record<string, string> = {},
  ) {
    super(`${status} ${title}`);
    this.problem = { type: "about:blank", title, status, ...members };
    this.headers = headers;
  }
}

/** Answers with RFC 9457 problem+json. */
export function sendProblem(response: Response, { problem, headers }: HttpProblem): void {
  response.status(problem.status).set(headers).type("application/problem+json").send(JSON.stringify(problem));
}
