import type { Way } from "../install.ts";
import { manifest } from "../manifest.ts";
import { goProgram } from "./go.ts";
import { systemProgram } from "./system.ts";

/** The server's file name, here and where a package of the system installs it. */
export const TOXIPROXY_SERVER = "toxiproxy-server";

const { version, go, acceptedOnPath } = manifest.toxiproxy;

/** Ways to come by the Toxiproxy server, the preferred one first. */
export const toxiproxyWays: readonly Way[] = [
  () => goProgram("toxiproxy", TOXIPROXY_SERVER, version, go),
  () => systemProgram("toxiproxy", TOXIPROXY_SERVER, acceptedOnPath),
];
