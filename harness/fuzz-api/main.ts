/** `npm run fuzz:api`: schemathesis against a running service, by the document that it serves. */
import { Command } from "commander";
import { request } from "undici";
import { z } from "zod";
import { interruptSignal } from "../cli/interrupt.ts";
import { runProgram, wholeNumber } from "../cli/program.ts";
import { plainReporter } from "../provision/progress.ts";
import { provision } from "../provision/provision.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import { stt } from "../topology/stt.ts";
import { signToken } from "../topology/token.ts";
import { until } from "../util/until.ts";
import { installSchemathesis, runSchemathesis } from "./schemathesis.ts";

/** The requests are all of one subject, and a refusal for their rate would hide the answer that is of interest. */
const manyRequests = { STT_RATE_LIMIT_PER_MINUTE: "1000000" };

interface Options {
  readonly seed: number;
  readonly examples: number;
}

const program = new Command("npm run fuzz:api --")
  .description("Generates requests from /openapi.json, good and bad, and checks every answer against it.")
  .option("--seed <number>", "the same seed makes the same requests", wholeNumber, 1)
  .option("--examples <count>", "requests generated for each operation and phase, at most", wholeNumber, 200)
  .action(fuzz);

async function fuzz({ seed, examples }: Options): Promise<void> {
  const signal = interruptSignal();
  const say = (line: string) => console.error(line);
  const python = await installSchemathesis(signal, say);
  const topology = stt({ kafka: 1, redis: "single", instances: 1, env: manyRequests });
  const installed = await provision(topology.components, { signal, onProgress: plainReporter(say) });
  await using runtime = new ProcessRuntime({
    runId: `fuzz-api-${process.pid}`,
    command: "fuzz-api",
    signal,
  });
  await using running = await topology.start({
    runtime,
    installed,
    signal,
    step: (_name, work) => work(),
  });
  const baseUrl = running.services[0]?.baseUrl ?? "";
  const token = await signToken(running.jwtSecret, "fuzzer", ["stt:read", "stt:write", "stt:admin"]);
  await prepare(baseUrl, token);
  process.exitCode = await runSchemathesis(python, { baseUrl, token, seed, examples, signal });
}

/** Makes recordings in states that no generated audio would lead to: ENCODED, and FAILED for its garbage. */
async function prepare(baseUrl: string, token: string): Promise<void> {
  const path = "/api/stt/recordings";
  const authorization = `Bearer ${token}`;
  const record = async (type: string, bytes: Buffer, wanted: string) => {
    const call = async (method: string, suffix: string, body?: Buffer) => {
      const headers = { authorization, "content-type": type };
      const response = await request(new URL(path + suffix, baseUrl), {
        method,
        headers,
        body: body ?? null,
      });
      return answer.parse(await response.body.json());
    };
    const { id } = await call("POST", "");
    await call("POST", `/${id}/chunks?seq=0&finish=true`, bytes);
    const reached = async () => (await call("GET", `/${id}/status`)).status === wanted;
    await until(reached, `a recording is ${wanted}`).atMost("30s");
  };
  await record("application/octet-stream", Buffer.alloc(3_200), "ENCODED");
  for (let n = 0; n < 3; n++) await record("audio/webm", garbageAfterHeader, "FAILED");
}

const answer = z.object({ id: z.string(), status: z.string() });

/** Begins as WebM does, and then is none. */
const garbageAfterHeader = Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.alloc(1_000, 0xff)]);

await runProgram(program);
