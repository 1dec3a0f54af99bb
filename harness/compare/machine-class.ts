import { createHash } from "node:crypto";
import { cpus, totalmem } from "node:os";

/** What of a machine decides how fast a service runs on it. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
  };
}

/**
 * Machines whose numbers may be compared have the same class, which is fit for a file name: `4-cores-16gib-1f0c8a2e`. Memory is rounded to the
 * nearest power of two, because what a kernel keeps for itself differs by its version; of the processor's name it has a hash.
 */
export function machineClass({ processor, cores, memoryBytes }: Machine): string {
  const gib = 2 ** Math.max(0, Math.round(Math.log2(memoryBytes / 2 ** 30)));
  const model = createHash("sha256").update(processor).digest("hex").slice(0, 8);
  return `${cores}-cores-${gib}gib-${model}`;
}
