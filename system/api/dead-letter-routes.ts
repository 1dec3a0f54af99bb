import { z } from "zod";
import {
  type DeadLetterDetails,
  type DeadLetterList,
  deadLetterDetails,
  deadLetterList,
  type Requeued,
  requeued,
} from "../contract/dead-letters.ts";
import { stages } from "../domain/status.ts";
import type { DeadLetters } from "../pipeline/dead-letters.ts";
import type { FailedRecording } from "../storage/dead-letters.ts";
import { flagParameter, integerParameter, postHeaders, recordingId } from "./parameters.ts";
import { type Route, route } from "./route.ts";

const base = "/api/admin/dead-letters";
const params = z.object({ id: recordingId });
const absent = "recording-not-found";
const defaultLimit = 100;

/** What administrators do with recordings that FAILED, whosoever's they are. */
export function deadLetterRoutes(deadLetters: Pick<DeadLetters, keyof DeadLetters>): Route[] {
  return [
    route({
      method: "get",
      path: base,
      operationId: "listDeadLetters",
      tag: "Dead letters",
      summary: "Recordings that failed",
      description: "The latest recordings first. The next page begins `before` the last id of this one.",
      scope: "stt:admin",
      query: z.object({
        stage: z.enum(stages).optional().meta({ description: "Only those that this stage gave up on." }),
        before: recordingId.optional(),
        limit: integerParameter(1, 1_000, `How many at most; ${defaultLimit} unless told.`).optional(),
      }),
      replies: {
        200: {
          description: "The recordings that are FAILED now.",
          schema: deadLetterList,
          links: {
            id: "$response.body#/deadLetters/0/id",
            operations: ["readDeadLetter", "requeueDeadLetter"],
          },
        },
      },
      problems: [],
      handle: async ({ query: { stage, before, limit = defaultLimit } }) => {
        const found = await deadLetters.list({ stage, before, limit });
        return { status: 200, body: { deadLetters: found.map(view) } satisfies DeadLetterList };
      },
    }),

    route({
      method: "get",
      path: `${base}/{id}`,
      operationId: "readDeadLetter",
      tag: "Dead letters",
      summary: "A failed recording with its history",
      scope: "stt:admin",
      params,
      absent,
      replies: { 200: { description: "The recording, which is FAILED.", schema: deadLetterDetails } },
      problems: [],
      handle: async ({ params: { id } }) => {
        const { transitions, sttRid, summaryRid, ...failed } = await deadLetters.find(id);
        const history = transitions.map((one) => ({ ...one, at: one.at.toISOString() }));
        const body: DeadLetterDetails = { ...view(failed), sttRid, summaryRid, transitions: history };
        return { status: 200, body };
      },
    }),

    route({
      method: "post",
      path: `${base}/{id}/requeue`,
      operationId: "requeueDeadLetter",
      tag: "Dead letters",
      summary: "Bring a failed recording back to the stage that gave up on it",
      description:
        "With all attempts before it. Who asked for it is kept in the history. A second request finds it not FAILED any more: 409.",
      scope: "stt:admin",
      params,
      absent,
      query: z.object({
        resubmit: flagParameter(
          "Submit the stage's job upstream anew, for when the upstream lost or refused it; else a job that was submitted is asked for again.",
        ),
      }),
      headers: postHeaders,
      replies: { 202: { description: "It is under way again.", schema: requeued } },
      problems: ["not-failed"],
      handle: async ({ principal, params: { id }, query: { resubmit } }) => {
        const status = await deadLetters.requeue(id, { actor: principal.subject, resubmit });
        return { status: 202, body: { id, status } satisfies Requeued };
      },
    }),
  ];
}

function view({
  id,
  owner,
  version,
  stage,
  cause,
  failedAt,
}: Omit<FailedRecording, "sttRid" | "summaryRid">) {
  return { id, owner, version, stage, cause, failedAt: failedAt.toISOString() };
}
