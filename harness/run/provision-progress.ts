import { formatBytes, type ProgressListener } from "../provision/progress.ts";
import type { RunObserver } from "./run-event.ts";

/** Tells a run's observer of provisioning; what only counts bytes on is told as polled. */
export function provisionProgress(observer: RunObserver): ProgressListener {
  const told = new Set<string>();
  return ({ component, message, bytes }) => {
    const text = `${component}: ${message}`;
    const polled = told.has(text);
    told.add(text);
    const share = bytes ? `, ${formatBytes(bytes.done)} so far` : "";
    observer({ type: "detail", text: polled ? text + share : text, polled });
  };
}
