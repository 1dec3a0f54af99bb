import type { Way } from "../install.ts";
import { manifest } from "../manifest.ts";
import { goProgram } from "./go.ts";

const { version, go } = manifest.porcupine;

/** The way to come by Porcupine as a program: our own few lines around the library. */
export const porcupineWays: readonly Way[] = [() => goProgram("porcupine", "porcupine", version, go)];
