/** What provisioning is doing for one component. */
export type ProgressStep = "wait" | "download" | "build" | "verify" | "repair" | "note" | "ready";

/** One step of progress. `done` and `total` are bytes, present while downloading. */
export interface ProgressEvent {
  /** The component, for example "kafka". */
  component: string;
  step: ProgressStep;
  /** One line for people. */
  message: string;
  bytes?: { done: number; total: number };
}

export type ProgressListener = (event: ProgressEvent) => void;

/**
 * A listener for places without a terminal: one plain line a step. Of the many events of a download it prints
 * the first only, so that a log stays short.
 * @param write receives one line at a time, without its line break.
 */
export function plainReporter(write: (line: string) => void): ProgressListener {
  const last = new Map<string, string>();
  return ({ component, step, message }) => {
    const repeated = step === "download" && last.get(component) === step;
    last.set(component, step);
    if (!repeated) write(`${component.padEnd(12)} ${step.padEnd(8)} ${message}`);
  };
}

/** Bytes for people: "312 kB", "54.1 MB", "1.2 GB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1_000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}
