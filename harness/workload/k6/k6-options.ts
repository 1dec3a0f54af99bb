import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../util/errors.ts";
import type { Service } from "../workload.ts";

export interface K6Options {
  /** `stt-load`, one of those in `k6/`; or the path of any script. */
  readonly script: string;
  /** For our scripts (docs/load.md#profiles). */
  readonly profile: string;
  /** Whether load waits for the service (default `closed`). */
  readonly model?: "closed" | "open";
  /** The script's own thresholds ten times tighter. */
  readonly strict?: boolean;
  /** Further variables of the script, `SCALE` for example. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further ones that nobody is to read: a token. */
  readonly secrets?: Readonly<Record<string, string>>;
  /**
   * Whether the thresholds of the script itself count (default: as they do for k6, but for the profile `breakpoint`, which ends when one
   * breaks). k6 judges them over all that it did, the faults included, so with faults they say little.
   */
  readonly ownThresholds?: boolean;
}

const rootFolder = new URL("../../../", import.meta.url);

/** The file of a script. @throws UsageError when it is not there. */
export function k6Script(script: string): string {
  const ours = fileURLToPath(new URL(`k6/${script}.ts`, rootFolder));
  const path = /^[\w-]+$/.test(script) ? ours : resolve(script);
  if (existsSync(path)) return path;
  throw new UsageError(`k6: there is no script ${path}`, "name one of k6/ without its ending, or a path");
}

/** What k6 loads, and where it leaves what. */
export interface K6Surroundings {
  readonly services: readonly Service[];
  /** host:port of each broker. */
  readonly kafka: readonly string[];
  /** Of the service's tokens; empty: the script is given a token, or needs none. */
  readonly jwtSecret: string;
  readonly folder: string;
  /** Where k6's own dashboard goes; absent: there is none. */
  readonly dashboard?: string;
}

/** What the script is told. By the environment, and not by `-e`: others see a command line, and the secret in it. */
export function k6Environment(
  { profile, model = "closed", strict = false, env = {}, secrets = {} }: K6Options,
  { services, kafka, jwtSecret, folder, dashboard }: K6Surroundings,
): Record<string, string> {
  const addresses = services.map(({ baseUrl }) => baseUrl.replace(/\/+$/, ""));
  return {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    K6_NO_USAGE_REPORT: "true",
    K6_AUTO_EXTENSION_RESOLUTION: "false",
    ...(dashboard === undefined
      ? {}
      : {
          K6_WEB_DASHBOARD: "true",
          K6_WEB_DASHBOARD_PORT: "-1", // nobody looks while it runs; the export is what is kept
          K6_WEB_DASHBOARD_PERIOD: "1s",
          K6_WEB_DASHBOARD_EXPORT: dashboard,
        }),
    PROFILE: profile,
    MODEL: model,
    STRICT: strict ? "1" : "0",
    ...(addresses.length === 0
      ? {}
      : {
          BASE_URL: addresses.join(","),
          WS_URL: addresses.map((url) => `${url.replace(/^http/, "ws")}/ws`).join(","),
        }),
    ...(kafka.length === 0 ? {} : { BROKERS: kafka.join(",") }),
    ...(jwtSecret === "" ? {} : { STT_JWT_SECRET: jwtSecret }),
    ...env,
    ...secrets,
  };
}
