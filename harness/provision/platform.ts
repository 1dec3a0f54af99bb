import { readFileSync } from "node:fs";

/** Node's name for this machine, for example "linux-x64" or "darwin-arm64". */
export const platform = `${process.platform}-${process.arch}`;

/** A user that owns nothing: its numeric user and group id. */
export interface Ids {
  uid: number;
  gid: number;
}

/**
 * The ids under which PostgreSQL must run: it refuses to run as root, so as root these are those of `nobody`.
 * @returns undefined when this process is not root, and so may run PostgreSQL as itself.
 */
export function unprivilegedIds(): Ids | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return idsOf("nobody", readPasswd());
}

/** The ids of a user in the text of a passwd file; the customary ids of `nobody` when it is not there. */
export function idsOf(user: string, passwd: string): Ids {
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === user);
  const uid = Number(fields?.[2] ?? Number.NaN);
  const gid = Number(fields?.[3] ?? Number.NaN);
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : { uid: 65_534, gid: 65_534 };
}

function readPasswd(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}
