import { examineCapability } from "../provision/capabilities.ts";
import type { GroupOwner } from "./control-group.ts";
import { CpuLimit } from "./cpu-limit.ts";
import { MemoryLimit } from "./memory-limit.ts";
import { OpenFilesLimit } from "./open-files-limit.ts";
import { type NodePreparation, neededBy, type PreparedNode, preparedNode } from "./preparation.ts";
import { asksCLibrary, removeClockMemory, SettableClock } from "./settable-clock.ts";
import { SmallDisk } from "./small-disk.ts";

/** The node whose resources these are. */
export interface ResourceOwner extends GroupOwner {
  readonly kind: string;
  readonly folder: string;
  readonly command: string;
  readonly preparations: readonly NodePreparation[];
}

/** What a node uses of its machine, each of which a fault can make scarce. */
export class NodeResources {
  readonly cpu: CpuLimit;
  readonly memory: MemoryLimit;
  readonly openFiles: OpenFilesLimit;
  readonly #owner: ResourceOwner;
  #disk: SmallDisk | undefined;
  #clock: SettableClock | undefined;

  constructor(owner: ResourceOwner) {
    this.#owner = owner;
    this.cpu = new CpuLimit(owner);
    this.memory = new MemoryLimit(owner);
    this.openFiles = new OpenFilesLimit(owner.node, () => owner.processes()[0]);
  }

  /** Its own file system; undefined unless it was prepared (`small-disk`). */
  get disk(): SmallDisk | undefined {
    return this.#disk;
  }

  /** Its own clock; undefined unless it was prepared (`settable-clock`) and its program can be told the time. */
  get clock(): SettableClock | undefined {
    return this.#clock;
  }

  /** Makes ready what the node was prepared for, in its folder, before its first start. What the machine cannot is left out. */
  async prepare(): Promise<void> {
    const { preparations, kind, folder, command, runId } = this.#owner;
    const supported = await supportedOf(preparations);
    const prepared: PreparedNode = preparedNode(supported, kind);
    if (prepared.smallDisk !== undefined)
      this.#disk = await SmallDisk.mount(folder, prepared.smallDisk, runId);
    if (prepared.countedMemory) this.memory.keep();
    if (prepared.settableClock && asksCLibrary(command)) this.#clock = await SettableClock.of(kind, folder);
  }

  /** Variables its process has to be started with. */
  environment(): Record<string, string> {
    return this.#clock?.environment() ?? {};
  }

  /** Its process was just started. */
  started(pid: number): void {
    this.cpu.admit(pid);
    this.memory.admit(pid);
  }

  /** Its process has ended. */
  ended(pid: number): void {
    if (this.#clock) removeClockMemory(pid);
  }
}

async function supportedOf(preparations: readonly NodePreparation[]): Promise<NodePreparation[]> {
  const examined = await Promise.all(preparations.map(({ type }) => examineCapability(neededBy[type])));
  return preparations.filter((_, index) => examined[index]?.supported);
}
