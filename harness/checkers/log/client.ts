import type { Partition } from "./partition.ts";

/** Where a process is in a partition, as a consumer. */
interface Position {
  last: number;
  /** The highest offset since the position was set: what was read again is not read over. */
  highest: number;
  place: number;
  /** The last time it left offsets out, by the partition's number of it. */
  jump?: number;
}

interface LastSend {
  offset: number;
  place: number;
}

/** How a process first read a partition. */
export interface FirstRead {
  readonly offset: number;
  /** Where the poll was invoked. */
  readonly invokePlace: number;
}

/** What is known of one process, as long as it lives. Places are those of events in the history. */
export class Client {
  readonly positions = new Map<Partition, Position>();
  readonly lastSends = new Map<Partition, LastSend>();
  readonly firstReads = new Map<Partition, FirstRead>();
  /** The partitions it assigned itself; none when it subscribed, for then others may have got them. */
  assigned: ReadonlySet<string> = new Set();
  /** Where its last invoke stands. */
  invokePlace = -1;
  /** Of its last answered poll; -1: it has none. */
  lastPollInvokePlace = -1;
  lastPollPlace = -1;

  /** It reads these partitions from now on. Where it stays, it goes on from where it was. */
  assign(partitions: readonly string[]): void {
    this.assigned = new Set(partitions);
    this.#keep((partition) => this.assigned.has(partition.name));
  }

  /** It reads partitions of these topics from now on. */
  subscribe(topics: readonly string[]): void {
    this.assigned = new Set();
    this.#keep(({ name }) => topics.includes(name.slice(0, name.lastIndexOf("-"))));
  }

  #keep(covered: (partition: Partition) => boolean): void {
    for (const partition of this.positions.keys()) if (!covered(partition)) this.positions.delete(partition);
  }
}
