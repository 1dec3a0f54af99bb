import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { messageOf, UsageError } from "../util/errors.ts";
import { type Machine, machineClass } from "./machine-class.ts";
import { statistics, type WindowStatistics } from "./window.ts";

const baselineSchema = z.object({
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  /** What was checked out: a commit, with `-dirty` when files differed from it; null outside of a repository. */
  commit: z.string().nullable(),
  machine: z.object({ processor: z.string(), cores: z.number(), memoryBytes: z.number() }),
  windows: z.array(
    z.object({
      name: z.string(),
      startedAt: z.number(),
      durationMs: z.number(),
      measures: z.array(z.object({ metric: z.string(), statistic: z.enum(statistics), value: z.number() })),
    }),
  ),
});

/** The windows of a run, kept to compare later ones with. It holds what the windows were summed up by, and no samples. */
export type Baseline = z.infer<typeof baselineSchema>;

/** `baselines/4-cores-16gib-1f0c8a2e.json` */
export const baselinePath = (folder: string, machine: Machine): string =>
  join(folder, `${machineClass(machine)}.json`);

/**
 * Keeps windows as the baseline of this class of machine, in place of the one before.
 * @returns where.
 * @throws UsageError for fewer than two windows: of one nobody knows how much is noise.
 */
export async function saveBaseline(
  folder: string,
  windows: readonly WindowStatistics[],
  made: { readonly machine: Machine; readonly at: Date; readonly commit: string | null },
): Promise<string> {
  if (windows.length < 2) {
    throw new UsageError(
      `a baseline of ${windows.length} window(s) cannot tell noise from a difference`,
      "run the load several times, each with a file of its own, and name their folder",
    );
  }
  const baseline: Baseline = {
    version: 1,
    madeAt: made.at.toISOString(),
    commit: made.commit,
    machine: made.machine,
    windows: windows.map((window) => ({ ...window, measures: [...window.measures] })),
  };
  const path = baselinePath(folder, made.machine);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${JSON.stringify(baseline, null, 2)}\n`);
  return path;
}

/**
 * The baseline of this class of machine.
 * @throws UsageError when there is none, naming those of other machines, or it is malformed.
 */
export async function readBaseline(
  folder: string,
  machine: Machine,
): Promise<{ readonly path: string; readonly baseline: Baseline }> {
  const path = baselinePath(folder, machine);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const others = await readdir(folder).catch(() => []);
    throw new UsageError(
      `there is no baseline for this machine: ${messageOf(error)}`,
      [
        "faultline compare RUN --save-baseline makes one",
        ...(others.length > 0
          ? [`there is ${others.join(", ")}: seconds of another machine compare with nothing here`]
          : []),
      ].join("\n"),
    );
  }
  return { path, baseline: parseBaseline(path, text) };
}

function parseBaseline(path: string, text: string): Baseline {
  const malformed = (what: string) =>
    new UsageError(`${path} is no baseline: ${what}`, "make it anew with --save-baseline");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw malformed(messageOf(error));
  }
  const { success, data, error } = baselineSchema.safeParse(json);
  if (success) return data;
  throw malformed(z.prettifyError(error));
}

/** What is checked out in a folder; null where git is absent, or the folder in no repository. */
export async function checkedOut(folder: string): Promise<string | null> {
  const describe = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"];
  return await promisify(execFile)("git", describe, { cwd: folder })
    .then(({ stdout }) => stdout.trim())
    .catch(() => null);
}
