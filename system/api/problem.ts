import type { Response } from "express";
import type { Problem } from "../contract/api.ts";
import { type ProblemName, problemTypes, problemUri } from "./problem-types.ts";

/** A refusal that is the client's to know about. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>>) {
    super(`${problem.status} ${problem.title}`);
    this.problem = problem;
    this.headers = headers;
  }
}

/** A refusal of a known type, to be thrown. */
export function problem(
  name: ProblemName,
  members: Omit<Problem, "type" | "title" | "status"> = {},
  headers: Readonly<Record<string, string>> = {},
): HttpProblem {
  const { title, status } = problemTypes[name];
  return new HttpProblem({ type: problemUri(name), title, status, ...members }, headers);
}

/** Answers with RFC 9457 problem+json; `instance` is the request's path. */
export function sendProblem(response: Response, { problem, headers }: HttpProblem): void {
  const body: Problem = {
    ...problem,
    instance: response.req.path,
    requestId: response.locals.requestId as string,
  };
  response.status(problem.status).set(headers).type("application/problem+json").send(JSON.stringify(body));
}
