import { ControlGroup, type GroupOwner } from "./control-group.ts";

/** What the kernel says of a node's memory. */
export interface MemoryReading {
  readonly usedBytes: number;
  /** How often it wanted more than the limit, and the kernel had to take some of it back first. */
  readonly hits: number;
  /** How many of its processes the kernel killed because nothing could be taken back. */
  readonly kills: number;
}

/** Bounds a node's memory, in bytes, page cache included; none of it is swapped out instead. */
export class MemoryLimit extends ControlGroup {
  constructor(owner: GroupOwner) {
    super("memory", owner);
  }

  protected override apply(version: 1 | 2, bytes: number | undefined): void {
    if (version === 2) {
      this.set("memory.swap.max", bytes === undefined ? "max" : "0");
      this.set("memory.max", bytes === undefined ? "max" : String(bytes));
      return;
    }
    this.set("memory.swappiness", "0");
    try {
      this.set("memory.limit_in_bytes", String(bytes ?? -1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
      // Version 1 kills nobody for what is used already; with nothing to spare, the next byte does it.
      this.set("memory.limit_in_bytes", this.get("memory.usage_in_bytes").trim());
    }
  }

  override get inForce(): number | undefined {
    const text = this.version === 1 ? this.get("memory.limit_in_bytes") : this.get("memory.max");
    const bytes = Number.parseInt(text, 10); // "max" and "" are none; version 1 has a number for it
    return bytes < Number.MAX_SAFE_INTEGER ? bytes : undefined;
  }

  reading(): MemoryReading {
    const field = (file: string, name: string) =>
      Number(new RegExp(`^${name} (\\d+)`, "m").exec(this.get(file))?.[1] ?? 0);
    return this.version === 1
      ? {
          usedBytes: Number(this.get("memory.usage_in_bytes")),
          hits: Number(this.get("memory.failcnt")),
          kills: field("memory.oom_control", "oom_kill"),
        }
      : {
          usedBytes: Number(this.get("memory.current")),
          hits: field("memory.events", "max"),
          kills: field("memory.events", "oom_kill"),
        };
  }
}
