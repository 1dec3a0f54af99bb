import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { x as extract } from "tar";
import { openPromise } from "yauzl";
import { execute } from "./execute.ts";

/**
 * Unpacks an npm package (a gzipped tar whose entries lie under `package/`).
 * @param wanted tells by its path below `package/` whether an entry is unpacked.
 */
export async function unpackNpm(tarball: string, folder: string, wanted: (path: string) => boolean) {
  await mkdir(folder, { recursive: true });
  await extract({
    file: tarball,
    cwd: folder,
    strip: 1,
    preserveOwner: false,
    filter: (path) => wanted(path.replace(/^package\//, "")),
  });
}

/**
 * Unpacks one entry of a zip (a jar, a wheel).
 * @param mode permissions of the new file.
 */
export async function unpackZipEntry(archive: string, entry: string, destination: string, mode: number) {
  const zip = await openPromise(archive, { lazyEntries: true });
  try {
    for await (const found of zip.eachEntry()) {
      if (found.fileName !== entry) continue;
      await mkdir(dirname(destination), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(found), createWriteStream(destination, { mode }));
      return;
    }
  } finally {
    zip.close();
  }
  throw new Error(`${archive} has no entry ${entry}`);
}

/**
 * Unpacks one file of a Debian package, with dpkg's own tool, which needs no root for it.
 * @param entry its path in the package, without a leading slash.
 * @param destination a new file, on the same file system as its folder.
 */
export async function unpackDebianEntry(archive: string, entry: string, destination: string): Promise<void> {
  await mkdir(dirname(destination), { recursive: true });
  const folder = await mkdtemp(join(dirname(destination), ".unpacking-"));
  try {
    await execute("dpkg-deb", ["--extract", archive, folder], { timeoutMs: 120_000 });
    await rename(join(folder, entry), destination);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
