import type { FaultRecord } from "../report/record.ts";

/** The latest news of a fault, in one line. */
export function describeProgress(record: FaultRecord): string {
  const { fault, target, nodes } = record;
  const name = `${fault} ${target}${nodes.length > 0 && nodes[0] !== target ? ` = ${nodes.join(", ")}` : ""}`;
  if (record.error !== undefined) return `${name}: ${record.error}`;
  if (record.healProvenAt !== undefined) return `${name}: proven healed: ${record.healProof}`;
  if (record.healedAt !== undefined) return `${name}: healed, proof under way`;
  if (record.escalations.length > 0) return `${name}: ${record.escalations.at(-1)}`;
  if (record.healingAt !== undefined) return `${name}: healing`;
  if (record.provenAt !== undefined) return `${name}: proven: ${record.proof}`;
  return `${name}: injected`;
}
