import { z } from "zod";

export const jobKinds = ["transcript", "summary"] as const;
export type JobKind = (typeof jobKinds)[number];

/** A job as it is kept in its file. */
export const jobSchema = z.object({
  rid: z.string(),
  kind: z.enum(jobKinds),
  /** The Idempotency-Key it came with. */
  key: z.string().nullable(),
  /** SHA-256 of what was sent. */
  digest: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  /** How often it was begun: one that ends the process again and again is given up. */
  attempts: z.number(),
  state: z.discriminatedUnion("name", [
    z.object({ name: z.literal("waiting") }),
    z.object({ name: z.literal("done"), text: z.string() }),
    z.object({ name: z.literal("failed"), reason: z.string() }),
  ]),
});

/** A piece of work that somebody handed in: a recording to transcribe, or a text to summarise. */
export type Job = z.infer<typeof jobSchema>;
