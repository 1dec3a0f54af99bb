import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../../util/errors.ts";
import { execute, findOnPath } from "../execute.ts";
import type { Recipe } from "../install.ts";
import type { ComponentName } from "../manifest.ts";
import { versionOf } from "./system.ts";

/** How to build one Go program from a module of this folder, whose `go.sum` pins every source file. */
export interface GoBuild {
  /** Folder of `go.mod` and `go.sum`, from the folder of the manifest. */
  module: string;
  package: string;
  linkerFlags: string;
}

export const goHint =
  "Install Go 1.26 or later and put it on PATH.\n" +
  "  Debian, Ubuntu: apt-get install golang-go (from backports where the release is older)\n" +
  "  macOS:          brew install go";

/** The path of the Go command, or undefined. */
export const findGo = () => findOnPath("go");

/** The Go files of a module, path and text, its tests left out: none where the program is a library's own. */
function sourcesOf(module: string): (readonly [path: string, text: string])[] {
  return readdirSync(module, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"))
    .sort()
    .map((path) => [path, readFileSync(join(module, path), "utf8")] as const);
}

/**
 * Builds a program with Go, which is needed for the build only: once built, it is found in the cache without.
 * @param program the name of the resulting file, and what is asked for its `--version` afterwards.
 */
export function goProgram(
  component: ComponentName,
  program: string,
  version: string,
  build: GoBuild,
): Recipe {
  const module = join(import.meta.dirname, "..", build.module);
  return {
    component,
    part: component,
    version,
    source: "built with Go",
    determinants: [build, readFileSync(join(module, "go.sum"), "utf8"), ...sourcesOf(module)],
    bytes: 150_000_000,
    files: [],
    async fill(folder, { say, signal, heavy }) {
      const go = findGo();
      if (go === undefined) {
        throw new EnvironmentError(`Go is needed to build ${program}: there is no go on PATH`, {
          hint: goHint,
        });
      }
      const result = join(folder, program);
      await heavy(async () => {
        say("build", `${build.package} with ${go} (the first build takes minutes)`);
        await execute(
          go,
          [
            "build",
            "-mod=readonly",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            build.linkerFlags,
            "-o",
            result,
            build.package,
          ],
          { cwd: module, env: { CGO_ENABLED: "0" }, signal },
        );
      });
      say("verify", `${program} --version`);
      const found = await versionOf(result);
      if (found !== version)
        throw new Error(`the ${program} just built says it is version ${found ?? "unknown"}`);
    },
  };
}
