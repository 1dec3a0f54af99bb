import { lstatSync, readFileSync, readlinkSync, statSync, utimesSync } from "node:fs";
import { open, readdir, readlink, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { digestOf } from "./digest.ts";

/** The file whose presence says that a folder was installed completely. */
export const MARKER = ".faultline.json";

const digest = z.templateLiteral(["sha256:", z.string()]);

const markerSchema = z.object({
  version: z.string(),
  source: z.string(),
  installedAt: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      bytes: z.number(),
      /** Milliseconds since the epoch. A file with another one is looked at closely. */
      modified: z.number(),
      digest,
    }),
  ),
  links: z.array(z.object({ path: z.string(), target: z.string() })),
});

/** What was installed into a folder, file by file. */
export type Marker = z.infer<typeof markerSchema>;

/** An installed folder as it is found. */
export type Inspection =
  | { state: "missing" }
  | { state: "corrupt"; problem: string }
  | { state: "installed"; marker: Marker };

/** Describes every file and link below a folder and writes the marker into it, durably. */
export async function writeMarker(
  folder: string,
  about: { version: string; source: string },
): Promise<Marker> {
  const marker: Marker = { ...about, installedAt: new Date().toISOString(), files: [], links: [] };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const absolute = join(entry.parentPath, entry.name);
    const path = relative(folder, absolute);
    if (entry.isSymbolicLink()) marker.links.push({ path, target: await readlink(absolute) });
    else if (entry.isFile()) {
      const { size, mtimeMs } = await stat(absolute);
      marker.files.push({ path, bytes: size, modified: mtimeMs, digest: sha256(await digestOf(absolute)) });
    }
  }
  const handle = await open(join(folder, MARKER), "w", 0o644);
  try {
    await handle.writeFile(JSON.stringify(marker));
    await handle.sync();
  } finally {
    await handle.close();
  }
  return marker;
}

function sha256(value: string): `sha256:${string}` {
  if (!value.startsWith("sha256:")) throw new RangeError(`not a sha256 digest: ${value}`);
  return value as `sha256:${string}`;
}

/**
 * Looks at an installed folder. Sizes and modification times are compared for every file; a file whose time is
 * another is read, so that a copied cache still counts and a damaged file does not.
 * @param read `"changed"` reads only such files and takes milliseconds; `"all"` reads every file.
 */
export async function inspectFolder(
  folder: string,
  read: "changed" | "all" = "changed",
): Promise<Inspection> {
  let text: string;
  try {
    text = readFileSync(join(folder, MARKER), "utf8");
  } catch {
    return { state: "missing" };
  }
  const marker = parseMarker(text);
  if (marker === undefined) return { state: "corrupt", problem: `${join(folder, MARKER)} is not readable` };
  const problem = linkProblem(folder, marker) ?? (await fileProblem(folder, marker, read));
  return problem === undefined ? { state: "installed", marker } : { state: "corrupt", problem };
}

function parseMarker(text: string): Marker | undefined {
  try {
    return markerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function linkProblem(folder: string, marker: Marker): string | undefined {
  for (const { path, target } of marker.links) {
    const link = join(folder, path);
    try {
      if (readlinkSync(link) !== target) return `${link} points elsewhere`;
      statSync(link);
    } catch {
      return `${link} is missing or points at nothing`;
    }
  }
  return undefined;
}

async function fileProblem(
  folder: string,
  marker: Marker,
  read: "changed" | "all",
): Promise<string | undefined> {
  for (const { path, bytes, modified, digest } of marker.files) {
    const file = join(folder, path);
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) return `${file} is missing`;
    if (found.size !== bytes) return `${file} has ${found.size} bytes instead of ${bytes}`;
    const touched = Math.abs(found.mtimeMs - modified) > 1;
    if (read === "changed" && !touched) continue;
    if ((await digestOf(file)) !== digest) return `${file} was changed since it was installed`;
    if (touched) restoreTime(file, modified);
  }
  return undefined;
}

/** A class archive is only used while the jars keep their times, so a copied cache gets them back. */
function restoreTime(file: string, modified: number): void {
  try {
    utimesSync(file, modified / 1_000, modified / 1_000);
  } catch {
    // Not our file: it is intact all the same.
  }
}
