/** Exit codes of the CLI (docs/cli.md). A run ends with the code of its worst verdict. */
export const exitCodes = {
  passed: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  inconclusive: 4,
  healFailed: 5,
  thresholds: 99,
  interrupted: 130,
} as const;

/**
 * A failure the user can act on: what happened, to which node or file, and what to do next.
 * The CLI prints it without a stack trace and exits with its code.
 */
export class FaultlineError extends Error {
  override readonly name: string = "FaultlineError";
  readonly exitCode: number;
  /** What to do next, in one or a few lines. */
  readonly hint: string | undefined;

  constructor(message: string, options: { exitCode: number; hint?: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
    this.hint = options.hint;
  }
}

/** The command line or a file the user wrote is wrong: exit 2. */
export class UsageError extends FaultlineError {
  override readonly name = "UsageError";
  constructor(message: string, hint?: string) {
    super(message, { exitCode: exitCodes.usage, ...(hint === undefined ? {} : { hint }) });
  }
}

/** The machine cannot do it (a missing JDK, a busy port, a full disk, a node that does not start): exit 3. */
export class EnvironmentError extends FaultlineError {
  override readonly name = "EnvironmentError";
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { exitCode: exitCodes.environment, ...options });
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
