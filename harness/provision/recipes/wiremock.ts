import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Recipe } from "../install.ts";
import { manifest } from "../manifest.ts";
import { unpackNpm } from "../unpack.ts";

const { version, package: tarball } = manifest.wiremock;

/** The standalone jar, from its folder. */
export const WIREMOCK_JAR = `build/wiremock-standalone-${version}.jar`;

/** WireMock is one jar inside an npm package. */
export function wiremockRecipe(): Recipe {
  return {
    component: "wiremock",
    part: "wiremock",
    version,
    source: "npm",
    determinants: tarball,
    bytes: 60_000_000,
    files: [tarball],
    async fill(folder, { obtain }) {
      await unpackNpm(await obtain(tarball), folder, (path) => path === WIREMOCK_JAR);
      await chmod(join(folder, WIREMOCK_JAR), 0o644); // Also proves that the jar was in the package.
    },
  };
}
