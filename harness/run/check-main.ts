/** The process in which a check runs: takes one request over its channel, answers, and ends. */
import { once } from "node:events";
import { checkerNamed } from "../checkers/registry.ts";
import { FaultlineError } from "../util/errors.ts";
import type { CheckReply, CheckRequest } from "./check-apart.ts";
import { checkFile } from "./check-file.ts";
import { recheck } from "./recheck.ts";

process.on("disconnect", () => process.exit()); // nobody is left to tell
const [request] = (await once(process, "message")) as [CheckRequest];
process.send?.(await reply(request), () => process.disconnect());

async function reply(request: CheckRequest): Promise<CheckReply> {
  try {
    if (request.kind === "run") return { run: await recheck(request.folder) };
    const { path, checker, model, budget } = request;
    return { file: await checkFile(path, checkerNamed(checker, model), budget) };
  } catch (error) {
    if (!(error instanceof FaultlineError)) throw error;
    const { message, hint, exitCode } = error;
    return { error: { message, exitCode, ...(hint === undefined ? {} : { hint }) } };
  }
}
