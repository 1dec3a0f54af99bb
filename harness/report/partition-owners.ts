import { z } from "zod";
import type { HistoryEvent } from "../history/event.ts";
import type { Tenure } from "./owners.ts";

const assigned = z.array(z.string());
const polled = z.record(z.string(), z.unknown());

/**
 * Which consumer had which partition when, in the history of a log. From when it was assigned (`assign`) or first gave it records (`poll`), until
 * another consumer did, or the consumer was assigned others. Consumers of several groups are not told apart: the history does not name groups.
 */
export class PartitionOwners {
  readonly #tenures: Tenure[] = [];
  /** Whose each partition is now. */
  readonly #owners = new Map<string, { readonly owner: string; readonly from: number }>();

  add(event: HistoryEvent): void {
    const owner = event.node === undefined ? `process ${event.process}` : `${event.node}/${event.process}`;
    if (event.f === "assign" && event.type === "ok") {
      const partitions = assigned.safeParse(event.value).data ?? [];
      for (const [partition, current] of this.#owners) {
        if (current.owner === owner && !partitions.includes(partition)) this.#end(partition, event.time);
      }
      for (const partition of partitions) this.#begin(partition, owner, event.time);
    }
    if (event.f === "poll" && event.type === "ok") {
      for (const [partition, records] of Object.entries(polled.safeParse(event.value).data ?? {})) {
        if (Array.isArray(records) && records.length > 0) this.#begin(partition, owner, event.time);
      }
    }
  }

  /** @param end of the axis, in ns. */
  finish(end: number): Tenure[] {
    for (const partition of [...this.#owners.keys()]) this.#end(partition, end);
    return this.#tenures;
  }

  #begin(partition: string, owner: string, at: number): void {
    if (this.#owners.get(partition)?.owner === owner) return;
    this.#end(partition, at);
    this.#owners.set(partition, { owner, from: at });
  }

  #end(partition: string, at: number): void {
    const current = this.#owners.get(partition);
    if (current === undefined) return;
    this.#owners.delete(partition);
    this.#tenures.push({ what: partition, owner: current.owner, from: current.from, to: at });
  }
}
