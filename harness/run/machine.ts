import { cpus, type as osType, release, totalmem } from "node:os";
import { type ComponentName, manifest } from "../provision/manifest.ts";
import type { Installed } from "../provision/provision.ts";

/** What the run ran on, as named facts for the report. */
export function machineFacts(): Record<string, string> {
  const processors = cpus();
  return {
    system: `${osType()} ${release()} ${process.arch}`,
    cores: String(processors.length),
    processor: processors[0]?.model ?? "unknown",
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
  };
}

/** Versions of everything that took part. */
export function versionsOf(installed: Installed): Record<string, string> {
  const components = (Object.keys(manifest) as ComponentName[]).filter((name) => name in installed);
  return {
    ...Object.fromEntries(components.map((name) => [name, installed[name].version])),
    node: process.versions.node,
  };
}
