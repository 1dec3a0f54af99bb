import { exitCodes, FaultlineError } from "../util/errors.ts";

/** What a run aborted by Ctrl-C ends with. */
export class Interrupted extends FaultlineError {
  override readonly name = "Interrupted";
  constructor() {
    super("interrupted", { exitCode: exitCodes.interrupted });
  }
}

/**
 * Aborts on the first Ctrl-C (or SIGTERM, SIGHUP), so that faults are healed and nodes torn down; ends the process on
 * the second one, when the guardian cleans up in our place.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) {
      console.error("\nforced: the guardian cleans up in the background");
      process.exit(exitCodes.interrupted);
    }
    console.error("\ninterrupted: healing and tearing down; again to force");
    controller.abort(new Interrupted());
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return controller.signal;
}
