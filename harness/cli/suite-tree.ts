import { Listr } from "listr2";
import type { SuiteObserver } from "../run/suite.ts";
import type { SuiteProgress } from "./suite-progress.ts";
import { suiteTreeLines } from "./suite-tree-lines.ts";

/** A live tree of a suite on a terminal. */
export interface SuiteTree {
  readonly observer: SuiteObserver;
  /** To be awaited when the suite has ended; the tree stays as it is then. */
  finish(): Promise<void>;
}

/** What the terminal's frame needs: the tree's own margin and the line below it. */
const margin = 3;

/** Draws a suite's tree, and draws it again at every event and every second. */
export function suiteTree(progress: SuiteProgress, signal: AbortSignal): SuiteTree {
  const ended = Promise.withResolvers<void>();
  const notices: string[] = [];
  let draw = () => {};
  const text = () => {
    const rows = (process.stdout.rows ?? 24) - margin - notices.length;
    const interrupted = signal.aborted ? ["interrupted: healing and tearing down; again to force"] : [];
    return [...suiteTreeLines(progress, rows - interrupted.length), ...notices, ...interrupted].join("\n");
  };
  const list = new Listr(
    [
      {
        title: text(),
        task: async (_context, task) => {
          draw = () => {
            task.title = text();
          };
          await ended.promise;
          if (progress.failures > 0) throw new Error("not all passed"); // for the sign before the headline only
        },
      },
    ],
    {
      rendererOptions: { formatOutput: "truncate", showErrorMessage: false },
      exitOnError: false,
      registerSignalListeners: false, // its own would end the process on Ctrl-C, before anything is healed
    },
  );
  const drawn = list.run();
  const clock = setInterval(() => draw(), 1_000);
  return {
    observer: (event) => {
      progress.take(event);
      if (event.type === "notice") notices.push(event.text);
      draw();
    },
    finish: async () => {
      clearInterval(clock);
      draw();
      ended.resolve();
      await drawn;
    },
  };
}
