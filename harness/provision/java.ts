import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { EnvironmentError } from "../util/errors.ts";
import { execute, findOnPath } from "./execute.ts";

/** A Java runtime. */
export interface Java {
  /** The path of `java`. */
  binary: string;
  /** For example "17.0.15". */
  version: string;
  /** Changes with the virtual machine itself: class archives work only with the one that made them. */
  fingerprint: string;
}

export const javaHint =
  "Install a JDK or JRE of version 17 or later and put it on PATH or set JAVA_HOME.\n" +
  "  Debian, Ubuntu: apt-get install openjdk-17-jre-headless\n" +
  "  Fedora:         dnf install java-21-openjdk-headless\n" +
  "  macOS:          brew install openjdk@21";

/**
 * The Java of JAVA_HOME, else of PATH.
 * @param minimum the least feature version, for example 17.
 * @throws EnvironmentError with a hint when there is none, it does not work, or it is too old.
 */
export async function findJava(minimum: number, env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const home = env.JAVA_HOME;
  const binary = findOnPath("java", home ? join(home, "bin") : (env.PATH ?? ""));
  if (binary === undefined) {
    const where = home ? `JAVA_HOME is ${home}, but there is no bin/java in it` : "there is no java on PATH";
    throw new EnvironmentError(`Java ${minimum} or later is needed: ${where}`, { hint: javaHint });
  }
  const java = describeByReleaseFile(binary) ?? (await describeByAsking(binary));
  const feature = Number(/^(?:1\.)?(\d+)/.exec(java.version)?.[1]);
  if (!(feature >= minimum)) {
    throw new EnvironmentError(`Java ${minimum} or later is needed: ${binary} is version ${java.version}`, {
      hint: javaHint,
    });
  }
  return java;
}

/** Reads the file `release` of the JDK, which takes no time; asking java itself takes a tenth of a second. */
function describeByReleaseFile(binary: string): Java | undefined {
  try {
    const home = dirname(dirname(realpathSync(binary)));
    const release = readFileSync(join(home, "release"), "utf8");
    const version = /^JAVA_VERSION="(.+)"$/m.exec(release)?.[1];
    const machine = statSync(join(home, "lib", "server", "libjvm.so"));
    if (version === undefined) return undefined;
    return { binary, version, fingerprint: `${home} ${version} ${machine.size} ${machine.mtimeMs}` };
  } catch {
    return undefined;
  }
}

async function describeByAsking(binary: string): Promise<Java> {
  try {
    const { stderr } = await execute(binary, ["-XshowSettings:properties", "-version"], {
      timeoutMs: 20_000,
    });
    const property = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, "m").exec(stderr)?.[1] ?? "";
    const version = property("java.version");
    return {
      binary,
      version,
      fingerprint: `${property("java.home")} ${property("java.vm.version")} ${version}`,
    };
  } catch (error) {
    throw new EnvironmentError(`${binary} does not work as a Java runtime`, { hint: javaHint, cause: error });
  }
}
