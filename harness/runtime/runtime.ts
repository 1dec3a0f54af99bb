import { randomUUID } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentError } from "../util/errors.ts";
import { cleanUp } from "./clean-up.ts";
import { Guardian } from "./guardian.ts";
import { Ledger } from "./ledger.ts";
import type { Node, NodeSpec } from "./node.ts";
import type { NodePreparation } from "./preparation.ts";
import { ProcessNode, type ProcessNodeContext } from "./process-node.ts";
import { claimSlot, ledgerPath, type Slot } from "./slot.ts";

/** What makes nodes real. Disposing of it ends all of them and leaves nothing behind. */
export interface Runtime extends AsyncDisposable {
  /** Which 127.SLOT.0.0/16 is this runtime's. */
  readonly slot: number;
  readonly ledger: Ledger;
  /** Adds a node, not yet started. */
  add(spec: NodeSpec): Node;
  readonly nodes: readonly Node[];
}

/** The runtime of local processes: no Docker, no root. Linux. */
export class ProcessRuntime implements Runtime {
  readonly ledger: Ledger;
  readonly guardian: Guardian;
  readonly #slot: Slot;
  readonly #context: ProcessNodeContext;
  readonly #nodes: ProcessNode[] = [];
  /** Where people find the logs in the end, for messages; they may be copied there from `logFolder` only then. */
  logsKeptIn: string;

  /**
   * Starts the guardian, claims a slot and makes the folders.
   * @param options.runId unique; marks every process of the run.
   * @param options.command what is being run, for `faultline status`.
   * @param options.preparations what nodes are started with, for the faults to come.
   * @param options.onLost told when a node has ended without which nothing else works.
   * @param options.logFolder where node logs and, at the end, the ledger go; by default they go with the data.
   */
  constructor(options: {
    runId: string;
    command: string;
    logFolder?: string;
    preparations?: readonly NodePreparation[];
    onLost?: (error: EnvironmentError) => void;
    signal: AbortSignal;
  }) {
    // The guardian first: from its start on, a runner that dies leaves nothing.
    this.guardian = new Guardian(options.runId);
    try {
      this.#slot = claimSlot(options.runId, options.command);
    } catch (error) {
      void this.guardian[Symbol.asyncDispose]();
      throw error;
    }
    this.ledger = new Ledger(ledgerPath(this.#slot));
    // Not under the reports: data is bulky and short-lived, and PostgreSQL's unprivileged user must reach it.
    const dataFolder = join(tmpdir(), `faultline-${randomUUID()}`);
    this.ledger.write({ type: "folder", path: dataFolder });
    mkdirSync(dataFolder);
    chmodSync(dataFolder, 0o755); // whatever the umask
    const logFolder = options.logFolder ?? join(dataFolder, "logs");
    mkdirSync(logFolder, { recursive: true });
    this.logsKeptIn = logFolder;
    const keptLog = (name: string) => join(this.logsKeptIn, name);
    this.#context = { ...options, logFolder, keptLog, dataFolder, ledger: this.ledger };
  }

  get slot(): number {
    return this.#slot.number;
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Where the nodes keep their data: a folder per node. */
  get dataFolder(): string {
    return this.#context.dataFolder;
  }

  add(spec: NodeSpec): Node {
    const node = new ProcessNode(spec, this.#context);
    this.#nodes.push(node);
    return node;
  }

  /**
   * Kills what is left, removes the data, and ends the guardian last: until then it would finish what we could not.
   * Nodes that should stop politely are stopped before.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      copyFileSync(this.ledger.path, join(this.#context.logFolder, "ledger.ndjson"));
    } finally {
      this.ledger[Symbol.dispose]();
      await cleanUp(this.#slot);
      await this.guardian[Symbol.asyncDispose]();
    }
  }
}
