import type { RunEvent, RunObserver } from "../run/run-event.ts";
import { formatDuration } from "../util/duration.ts";
import { describeProgress } from "./describe-fault.ts";

/**
 * Progress as plain lines, for pipes and CI: one a step, none for what merely changes while it is polled.
 * @param write receives one line at a time, without its line break.
 */
export function progressLines(write: (line: string) => void): RunObserver {
  const start = performance.now();
  const line = (text: string) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    write(`${seconds.padStart(6)} s  ${text}`);
  };
  return (event: RunEvent) => {
    switch (event.type) {
      case "stage":
        if (event.state === "started") line(`${event.stage} ...`);
        else line(`${event.stage}: ${event.state} (${formatDuration(event.ms)})`);
        break;
      case "detail":
        if (!event.polled) line(`  ${event.text}`);
        break;
      case "fault":
        line(`  ${describeProgress(event.record)}`);
    }
  };
}
