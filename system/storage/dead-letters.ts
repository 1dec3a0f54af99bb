import type { Stage, Status } from "../domain/status.ts";
import { stageOfStatus, statusOfStage } from "../domain/status.ts";
import type { Queryable } from "./database.ts";

/** A recording that a stage gave up on. */
export interface FailedRecording {
  readonly id: string;
  readonly owner: string;
  /** Rises with each change of the status: a second failure is another version. */
  readonly version: number;
  readonly stage: Stage;
  readonly cause: string;
  readonly failedAt: Date;
  /** The stage's jobs upstream, where they were submitted. */
  readonly sttRid: string | null;
  readonly summaryRid: string | null;
}

/** One entry of a recording's history. `actor`: the administrator who requeued it. */
export interface Transition {
  readonly from: Status | null;
  readonly to: Status;
  readonly at: Date;
  readonly instance: string;
  readonly actor: string | null;
}

type Row = Omit<FailedRecording, "stage"> & { readonly from: Status };

const select = `
  select t.id, t.owner, t.version, coalesce(t.error, '') as cause, h.at as "failedAt", h.from_status as "from",
         t.stt_rid as "sttRid", t.summary_rid as "summaryRid"
    from transcriptions t join transitions h on h.recording_id = t.id and h.version = t.version
   where t.status = 'FAILED'`;

function failedRecording({ from, ...row }: Row): FailedRecording {
  const stage = stageOfStatus(from);
  if (!stage) throw new Error(`the recording ${row.id} failed in ${from}, in which no stage works`);
  return { ...row, stage };
}

/** FAILED recordings, the latest recordings first. `before`: only those whose id is less, for the next page. */
export async function listFailed(
  on: Queryable,
  { stage, before, limit }: { stage?: Stage | undefined; before?: string | undefined; limit: number },
): Promise<FailedRecording[]> {
  const found = await on.query<Row>(
    `${select} and ($1::text is null or h.from_status = $1) and ($2::text is null or t.id < $2)
      order by t.id desc limit $3`,
    [stage ? statusOfStage[stage] : null, before ?? null, limit],
  );
  return found.rows.map(failedRecording);
}

/** The recording if it is FAILED now, else null. */
export async function findFailed(on: Queryable, id: string): Promise<FailedRecording | null> {
  const found = await on.query<Row>(`${select} and t.id = $1`, [id]);
  return found.rows[0] ? failedRecording(found.rows[0]) : null;
}

/** All changes of a recording's status, in order. */
export async function listTransitions(on: Queryable, id: string): Promise<Transition[]> {
  const found = await on.query<Transition>(
    `select from_status as "from", to_status as "to", at, instance, actor
       from transitions where recording_id = $1 order by version`,
    [id],
  );
  return found.rows;
}
