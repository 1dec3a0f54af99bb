import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Recipe, Way } from "../install.ts";
import { manifest } from "../manifest.ts";
import { goProgram } from "./go.ts";

const { version, go } = manifest.porcupine;

/** The way to come by Porcupine as a program: our own few lines around the library. */
export const porcupineWays: readonly Way[] = [built];

function built(): Recipe {
  const recipe = goProgram("porcupine", "porcupine", version, go);
  const source = readFileSync(join(import.meta.dirname, "..", go.module, "main.go"), "utf8");
  return { ...recipe, determinants: [recipe.determinants, source] };
}
