import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheAt, cacheRoot, prepareCache } from "../provision/cache.ts";
import { execute } from "../provision/execute.ts";
import { withLock } from "../provision/lock.ts";
import { exitCodes, FaultlineError } from "../util/errors.ts";

const fileBeside = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const installWithinMs = 10 * 60 * 1_000;

/** Installs schemathesis, pinned by requirements.txt, into the cache, unless it is there. @returns its Python. */
export async function installSchemathesis(signal: AbortSignal, say: (line: string) => void): Promise<string> {
  const python = await suitablePython(signal);
  const requirements = fileBeside("requirements.txt");
  const digest = createHash("sha256")
    .update(await readFile(requirements))
    .update(python.version)
    .digest("hex");
  const cache = cacheAt(cacheRoot());
  await prepareCache(cache);
  const folder = join(cache.root, `schemathesis-${digest.slice(0, 12)}`);
  const complete = join(folder, "complete");
  const inFolder = join(folder, "bin", "python");
  await withLock(join(cache.locks, "schemathesis"), { signal }, async (locked) => {
    if (existsSync(complete)) return;
    say(`installing schemathesis into ${folder}`);
    await rm(folder, { recursive: true, force: true });
    const limits = { signal: locked, timeoutMs: installWithinMs };
    await execute(python.command, ["-m", "venv", folder], limits);
    const install = ["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", requirements];
    await execute(inFolder, ["-m", "pip", ...install], limits);
    await writeFile(complete, "");
  });
  return inFolder;
}

/** A Python of 3.10 or later. */
async function suitablePython(signal: AbortSignal): Promise<{ command: string; version: string }> {
  const ask = "import sys, venv, ensurepip; assert sys.version_info >= (3, 10); print(sys.version)";
  for (const command of ["python3", "python"]) {
    try {
      return { command, version: (await execute(command, ["-c", ask], { signal })).stdout };
    } catch {
      signal.throwIfAborted();
    }
  }
  throw new FaultlineError("unsupported here: needs python3, 3.10 or later, with venv", {
    exitCode: exitCodes.inconclusive,
    hint: "Nothing was tested. Install Python (Debian: python3-venv) and run this again.",
  });
}

export interface FuzzOptions {
  readonly baseUrl: string;
  readonly token: string;
  /** The same seed makes the same requests. */
  readonly seed: number;
  /** Generated requests for each operation and phase, at most. */
  readonly examples: number;
  readonly signal: AbortSignal;
}

/** Runs all checks of schemathesis against a service's own document. @returns its exit code: 0 when all hold. */
export async function runSchemathesis(python: string, options: FuzzOptions): Promise<number> {
  const { baseUrl, token, seed, examples, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "fuzz-api-")); // it keeps a database of examples where it runs
  try {
    const config = ["--config-file", fileBeside("schemathesis.toml")];
    const run = ["run", `${baseUrl}/openapi.json`, "--checks", "all", "--no-color"];
    const bounds = ["--seed", String(seed), "--max-examples", String(examples), "--request-timeout", "10"];
    const auth = ["--header", `Authorization: Bearer ${token}`];
    const args = ["-m", "schemathesis.cli", ...config, ...run, ...bounds, ...auth];
    const child = spawn(python, args, { cwd: folder, stdio: "inherit", signal });
    const [code] = (await once(child, "close")) as [number | null];
    return code ?? exitCodes.interrupted;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
