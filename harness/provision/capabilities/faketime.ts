import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { absent, type Examined, examine, outlivingUs } from "./examined.ts";

/** Asks `date` for the time with the library loaded, a thousand days ago. */
export async function examineFaketime(): Promise<Examined> {
  const library = await findFaketime();
  if (library === undefined) return absent("libfaketime", "libfaketime");
  return examine(async () => {
    // The shell does not load the library: of shared memory, it is removed by who began with it, and only at an end of its own.
    const script = 'now=$(LD_PRELOAD="$1" FAKETIME=-1000d date +%s); echo "$now"';
    const stdout = await outlivingUs(script, [library]);
    const shiftedDays = (Date.now() / 1_000 - Number(stdout)) / 86_400;
    if (!(shiftedDays > 999)) throw new Error(`${library} does not change the time`);
    return library;
  }, "");
}

/**
 * The path of libfaketime; undefined where it is not installed.
 * @param threads whether the program has several. That variant locks, so it is none for a program that asks for the
 * time in signal handlers.
 */
export async function findFaketime({ threads = true } = {}): Promise<string | undefined> {
  for (const folder of ["/usr/lib", "/usr/lib64", "/usr/local/lib"]) {
    for (const below of ["", ...(await readdir(folder).catch((): string[] => []))]) {
      const library = join(folder, below, "faketime", `libfaketime${threads ? "MT" : ""}.so.1`);
      if (existsSync(library)) return library;
    }
  }
  return undefined;
}
