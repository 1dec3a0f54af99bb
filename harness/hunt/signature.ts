import type { RunRecord } from "../report/record.ts";

/**
 * What was wrong in a run, without its particulars, most important first: two runs that fail alike have the same
 * signatures. Empty: nothing was, or the run says nothing about the service.
 */
export function signaturesOf({
  verdict,
  endedBy,
  checks,
  thresholds,
  faults,
  topology,
}: RunRecord): string[] {
  if (verdict !== "failed" || endedBy !== undefined) return [];
  const found = [
    ...topology.nodes.flatMap(({ kind, unexpectedExit }) =>
      kind === "stt" && unexpectedExit !== undefined ? ["stt: ended though nobody asked it to"] : [],
    ),
    ...checks
      .filter((check) => check.verdict === "failed")
      .flatMap(({ name, anomalies }) =>
        anomalies.length === 0 ? [`${name}: failed`] : anomalies.map(({ type }) => `${name}: ${type}`),
      ),
    ...faults.flatMap(({ healProvenAt, provenAt, rtoMs }) =>
      provenAt !== undefined && healProvenAt !== undefined && (rtoMs === null || rtoMs === undefined)
        ? ["recovery: not recovered"]
        : [],
    ),
    ...thresholds
      .filter((threshold) => threshold.verdict === "failed")
      .map(({ phase, metric, bound }) => `threshold: ${metric} ${bound} in phase ${phase}`),
  ];
  return [...new Set(found)];
}
