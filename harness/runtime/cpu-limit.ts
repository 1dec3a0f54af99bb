import { ControlGroup, type GroupOwner } from "./control-group.ts";

/** The kernel hands processor time out anew in each of these. */
const periodUs = 100_000;
/** The kernel takes no less. */
const leastUs = 1_000;

/** Bounds what a node uses of the processor, in cores. */
export class CpuLimit extends ControlGroup {
  constructor(owner: GroupOwner) {
    super("cpu", owner);
  }

  protected override apply(version: 1 | 2, cores: number | undefined): void {
    const quota = cores === undefined ? undefined : Math.max(leastUs, Math.round(cores * periodUs));
    if (version === 1) {
      this.set("cpu.cfs_period_us", String(periodUs));
      this.set("cpu.cfs_quota_us", String(quota ?? -1));
    } else {
      this.set("cpu.max", `${quota ?? "max"} ${periodUs}`);
    }
  }

  override get inForce(): number | undefined {
    const quota = this.version === 1 ? this.get("cpu.cfs_quota_us") : this.get("cpu.max");
    const us = Number.parseInt(quota, 10); // "max" and "" are none
    return us > 0 ? us / periodUs : undefined;
  }

  /** For how long, in milliseconds over all its threads, it wanted to run and was not let. */
  throttledMs(): number {
    const field = (name: string) =>
      Number(new RegExp(`^${name} (\\d+)`, "m").exec(this.get("cpu.stat"))?.[1] ?? 0);
    return this.version === 1 ? field("throttled_time") / 1e6 : field("throttled_usec") / 1e3;
  }
}
