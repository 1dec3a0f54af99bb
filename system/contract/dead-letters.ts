import { z } from "zod";
import { stages, statuses } from "../domain/status.ts";

const id = z
  .string()
  .meta({ description: "The recording's id (ULID).", example: "01M83AGRXZB6GB41V1Q6R70VT2" });
const status = z.enum(statuses);
const moment = z.iso.datetime();

const deadLetter = z
  .object({
    id,
    owner: z.string().describe("The subject it belongs to."),
    version: z.int().describe("A second failure has a higher one."),
    stage: z.enum(stages).describe("The stage that gave up."),
    cause: z.string(),
    failedAt: moment,
  })
  .meta({ id: "DeadLetter" });

export const deadLetterList = z.object({ deadLetters: z.array(deadLetter) }).meta({ id: "DeadLetterList" });
export type DeadLetterList = z.infer<typeof deadLetterList>;

const transition = z.object({
  from: status.nullable(),
  to: status,
  at: moment,
  instance: z.string(),
  actor: z.string().nullable().describe("The administrator who requeued it."),
});

export const deadLetterDetails = deadLetter
  .extend({
    sttRid: z.string().nullable().describe("The transcription's id upstream, if it was submitted."),
    summaryRid: z.string().nullable().describe("The summary's id upstream, if it was submitted."),
    transitions: z.array(transition).describe("All changes of its status, in order."),
  })
  .meta({ id: "DeadLetterDetails" });
export type DeadLetterDetails = z.infer<typeof deadLetterDetails>;

export const requeued = z.object({ id, status }).meta({ id: "Requeued" });
export type Requeued = z.infer<typeof requeued>;
