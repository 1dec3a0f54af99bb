import { Listr, type ListrTaskWrapper } from "listr2";
import { type RunObserver, type Stage, stages } from "../run/run-event.ts";
import { formatDuration } from "../util/duration.ts";
import { describeProgress } from "./describe-fault.ts";

type Task = ListrTaskWrapper<unknown, never, never>;

/** A live tree of a run's stages on a terminal. */
export interface ProgressTree {
  readonly observer: RunObserver;
  /** To be awaited when the run has ended: stages it never reached are shown as skipped. */
  finish(): Promise<void>;
}

/** Draws a run's stages with what is happening in the present one. */
export function progressTree(title: string): ProgressTree {
  const ends = new Map(stages.map((stage) => [stage, Promise.withResolvers<number | "skipped">()]));
  const tasks = new Map<Stage, Task>();
  let present: Stage | undefined;
  const list = new Listr(
    [
      {
        title,
        task: (_, parent) =>
          parent.newListr(
            stages.map((stage) => ({
              title: stage,
              task: async (_context, task) => {
                tasks.set(stage, task as unknown as Task);
                const end = await ends.get(stage)?.promise;
                if (end === "skipped") task.skip();
                else task.title = `${stage} (${formatDuration(end ?? 0)})`;
              },
            })),
            { exitOnError: false },
          ),
      },
    ],
    {
      rendererOptions: { collapseSubtasks: false, collapseErrors: false },
      exitOnError: false,
      registerSignalListeners: false, // its own would end the process on Ctrl-C, before anything is healed
    },
  );
  const drawn = list.run();
  const show = (text: string) => {
    const task = present && tasks.get(present);
    if (task) task.output = text;
  };

  return {
    observer: (event) => {
      if (event.type === "detail") show(event.text);
      else if (event.type === "fault") show(describeProgress(event.record));
      else if (event.state === "started") present = event.stage;
      else if (event.state === "done") ends.get(event.stage)?.resolve(event.ms);
      else ends.get(event.stage)?.reject(new Error(`${event.stage} failed`));
    },
    finish: async () => {
      for (const end of ends.values()) end.resolve("skipped");
      await drawn;
    },
  };
}
