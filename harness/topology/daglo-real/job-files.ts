import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Job, jobSchema } from "./job.ts";

/**
 * Jobs and their audio as files, so that they outlive the process: `jobs/RID.json`, `jobs/RID.wav`. What is being
 * received lies in `uploads/`.
 */
export class JobFiles {
  readonly #jobs: string;
  readonly #uploads: string;

  private constructor(folder: string) {
    this.#jobs = join(folder, "jobs");
    this.#uploads = join(folder, "uploads");
  }

  /** Opens the folder, without what an earlier process was receiving when it ended. */
  static async open(folder: string): Promise<JobFiles> {
    const files = new JobFiles(folder);
    await rm(files.#uploads, { recursive: true, force: true });
    for (const path of [files.#jobs, files.#uploads]) await mkdir(path, { recursive: true });
    return files;
  }

  /** Every job, the oldest first; audio of none of them is removed. */
  async load(): Promise<Job[]> {
    const names = await readdir(this.#jobs);
    const jobs = await Promise.all(
      names
        .filter((name) => name.endsWith(".json"))
        .map(async (name) => jobSchema.parse(JSON.parse(await readFile(join(this.#jobs, name), "utf8")))),
    );
    const known = new Set(jobs.flatMap(({ rid }) => [`${rid}.json`, `${rid}.wav`]));
    for (const name of names) if (!known.has(name)) await rm(join(this.#jobs, name));
    return jobs.sort((a, b) => (a.rid < b.rid ? -1 : 1));
  }

  audioOf(rid: string): string {
    return join(this.#jobs, `${rid}.wav`);
  }

  /** Where to receive something with this name. */
  uploadOf(name: string): string {
    return join(this.#uploads, name);
  }

  /** Keeps a received file as a job's audio. It is on the disk when the job is saved. */
  async keepAudio(rid: string, upload: string): Promise<void> {
    await sync(upload);
    await rename(upload, this.audioOf(rid));
  }

  /** Writes a job so that it is whole and on the disk when this resolves, or as it was before. */
  async save(job: Job): Promise<void> {
    const upload = this.uploadOf(`${job.rid}.json`);
    const file = await open(upload, "w");
    try {
      await file.writeFile(JSON.stringify(job));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(upload, join(this.#jobs, `${job.rid}.json`));
    await sync(this.#jobs);
  }

  async removeAudio(rid: string): Promise<void> {
    await rm(this.audioOf(rid), { force: true });
  }

  /** The audio last: without its job it is removed at the next start. */
  async remove(rid: string): Promise<void> {
    await rm(join(this.#jobs, `${rid}.json`), { force: true });
    await this.removeAudio(rid);
  }
}

/** Waits until a file's content, or a folder's entries, are on the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
