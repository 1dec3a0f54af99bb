import type { Way } from "../install.ts";
import { manifest } from "../manifest.ts";
import { goProgram } from "./go.ts";
import { systemProgram } from "./system.ts";

/** The server's file name, here and where a package of the system installs it. */
export const S3_SERVER = "versitygw";

const { version, go, acceptedOnPath } = manifest.s3;

/** Ways to come by the S3-compatible server, the preferred one first. */
export const s3Ways: readonly Way[] = [
  () => goProgram("s3", S3_SERVER, version, go),
  () => systemProgram("s3", S3_SERVER, acceptedOnPath),
];
