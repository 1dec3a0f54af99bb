import type { Queryable } from "../../storage/database.ts";
import type { OutboxMessage } from "../../storage/outbox.ts";
import type { Basis, FencedBasis, Findings, Transcription } from "../../storage/transcriptions.ts";
import { transcription } from "../../testing/factory.ts";

/** The table of transcriptions with one row in it, with the compare-and-set of the real statements. */
export class OneRow {
  row = transcription();
  /** Runs between the upstream's answer and the write. */
  beforeWrite = () => {};

  async find(_on: unknown, id: string) {
    return id === this.row.id ? this.row : null;
  }

  async mintFence() {
    if (this.row.status !== "PROCESSING") return null;
    this.row = { ...this.row, fence: String(Number(this.row.fence) + 1) };
    return this.row;
  }

  async transition(
    _tx: unknown,
    basis: Basis | FencedBasis,
    to: Transcription["status"],
    findings: Findings = {},
  ) {
    this.beforeWrite();
    if (!this.#matches(basis)) return null;
    this.row = { ...this.row, ...findings, status: to, version: this.row.version + 1, attempt: 0 };
    return this.row;
  }

  async recordAttempt(_tx: unknown, basis: FencedBasis, findings: Findings) {
    this.beforeWrite();
    if (!this.#matches(basis) || basis.attempt !== this.row.attempt) return null;
    this.row = { ...this.row, ...findings, attempt: this.row.attempt + 1 };
    return this.row;
  }

  #matches(basis: Basis | FencedBasis): boolean {
    const { status, version, fence } = this.row;
    return (
      basis.status === status && basis.version === version && (!("fence" in basis) || basis.fence === fence)
    );
  }
}

export type WrittenMessage = Pick<OutboxMessage, "topic" | "headers"> & { readonly holdMs: number };

/** Takes the statement that adds to the outbox, and no other. */
export function outboxOf(written: (message: WrittenMessage) => void): Queryable {
  return {
    query: async (text, values = []) => {
      if (!text.includes("insert into outbox")) throw new Error(`unexpected statement: ${text}`);
      const [topic, , , , headers, holdMs] = values;
      written({ topic: String(topic), headers: JSON.parse(String(headers)), holdMs: Number(holdMs) });
      return { rows: [], rowCount: 1, command: "", oid: 0, fields: [] };
    },
  };
}
