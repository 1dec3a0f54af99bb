import { z } from "zod";
import { eventSchema, phases } from "../history/event.ts";
import { networkKinds } from "../network/private-network.ts";
import { callSchema } from "../util/call.ts";
import type { RunRecord } from "./record.ts";

const verdict = z.enum(["passed", "failed", "inconclusive", "errored"]);
const axisTime = z.number().nonnegative();
const milliseconds = z.number().nonnegative();

const fault = z.object({
  id: z.string(),
  fault: z.string(),
  target: z.string(),
  atMs: milliseconds.exactOptional(),
  forMs: milliseconds.exactOptional(),
  after: z.string().exactOptional(),
  nodes: z.array(z.string()),
  links: z.array(z.string()),
  injectedAt: axisTime.exactOptional(),
  provenAt: axisTime.exactOptional(),
  proof: z.string().exactOptional(),
  healingAt: axisTime.exactOptional(),
  healedAt: axisTime.exactOptional(),
  healProvenAt: axisTime.exactOptional(),
  healProof: z.string().exactOptional(),
  escalations: z.array(z.string()),
  error: z.string().exactOptional(),
  detectedMs: milliseconds.nullable().exactOptional(),
  failoverMs: milliseconds.nullable().exactOptional(),
  rtoMs: milliseconds.nullable().exactOptional(),
  errors: z.number().exactOptional(),
  lost: z.number().exactOptional(),
  duplicated: z.number().exactOptional(),
});

const writtenFault = z.object({
  atMs: milliseconds,
  forMs: milliseconds,
  fault: callSchema,
  after: callSchema.exactOptional(),
});

const variation = z.object({
  by: z.enum(["hunt", "replay", "shrink"]),
  of: z.string().exactOptional(),
  topologyOf: z.string().exactOptional(),
  rate: z.number().positive().exactOptional(),
  correctnessOnly: z.boolean().exactOptional(),
});

const check = z.object({
  name: z.string(),
  verdict,
  reason: z.string(),
  anomalies: z.array(
    z.object({
      type: z.string(),
      message: z.string(),
      witnesses: z.array(eventSchema),
      drawing: z.string().startsWith("<svg ").exactOptional(),
    }),
  ),
  counts: z.record(z.string(), z.number()),
});

/** `run.json` as read from disk. Unknown fields are dropped, so that a newer minor version still reads. */
export const runRecordSchema = z.object({
  formatVersion: z.literal(1),
  id: z.string(),
  scenario: z.object({ file: z.string(), title: z.string() }),
  seed: z.number(),
  startedAt: z.iso.datetime({ offset: true }),
  durationMs: milliseconds,
  verdict,
  reasons: z.array(z.string()),
  replay: z.string(),
  phases: z.array(z.object({ name: z.enum(phases), from: axisTime, to: axisTime })),
  steadyState: z.object({ description: z.string(), windowMs: milliseconds }),
  faults: z.array(fault),
  schedule: z.array(writtenFault).exactOptional(),
  variation: variation.exactOptional(),
  whyNotInjected: z.string().exactOptional(),
  endedBy: z.string().exactOptional(),
  checks: z.array(check),
  thresholds: z.array(
    z.object({
      phase: z.enum([...phases, "run"]),
      metric: z.string(),
      bound: z.string(),
      actual: z.number().exactOptional(),
      worst: z.object({ from: axisTime, to: axisTime, route: z.string().exactOptional() }).exactOptional(),
      verdict,
    }),
  ),
  topology: z.object({
    name: z.string(),
    nodes: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        address: z.string(),
        unexpectedExit: z.string().exactOptional(),
      }),
    ),
    links: z.number(),
    reused: z
      .object({ after: z.string(), resetMs: milliseconds, proof: z.array(z.string()) })
      .exactOptional(),
  }),
  network: z.enum(networkKinds).default("proxy"),
  machine: z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.string()),
  steps: z.array(z.object({ name: z.string(), ms: milliseconds })),
  unsupported: z.array(z.string()),
}) satisfies z.ZodType<RunRecord>;
