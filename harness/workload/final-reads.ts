import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { z } from "zod";
import { type OkValue, recordingState } from "../history/transcription-operations.ts";
import { messageOf } from "../util/errors.ts";
import type { UserRecord } from "./recording-user.ts";
import { chunksPresent } from "./speech.ts";
import { SttClient } from "./stt-client.ts";
import { countSubmissions } from "./upstream-journal.ts";
import type { Service, WorkloadContext } from "./workload.ts";

const AT_ONCE = 8;
/** A final read is tried this often, in turn over the instances, before it stays missing. */
const TRIES = 10;
const BETWEEN_TRIES_MS = 500;

const recordingView = z.object({
  id: z.string(),
  status: recordingState,
  text: z.string().nullish(),
  summary: z.string().nullish(),
  error: z.string().nullish(),
});

/** A recording that has to end, so that something was promised. */
interface Promised {
  readonly id: string;
  readonly user: UserRecord;
}

/**
 * Reads by fresh clients, over new connections, what became of every recording that has to end (`result` and `wav`), and once the upstream's journal (`upstream`).
 */
export async function readFinally(context: WorkloadContext, users: readonly UserRecord[]): Promise<void> {
  const known = users.flatMap((user) => (user.id === undefined ? [] : [{ id: user.id, user }]));
  await using client = new SttClient(context.services, { connections: AT_ONCE });
  const limit = pLimit(AT_ONCE);
  await limit.map(
    known.filter(({ user }) => user.finished),
    async (recording) => {
      await readResult(context, client, recording);
      await readWav(context, recording);
    },
  );
  await readJournal(
    context,
    known.map(({ id }) => id),
  );
}

async function readResult(
  context: WorkloadContext,
  client: SttClient,
  { id, user }: Promised,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const service = context.services[(user.plan.number + tries) % context.services.length];
    if (service === undefined) return;
    if (await readResultOnce(context, client, service, { id, user })) return;
    await context.clock.sleep(BETWEEN_TRIES_MS, context.signal);
  }
}

async function readResultOnce(
  context: WorkloadContext,
  client: SttClient,
  service: Service,
  { id, user }: Promised,
): Promise<boolean> {
  const process = context.history.newProcess();
  const invocation = context.history.invoke({ f: "result", key: id, process, node: service.name });
  const outcome = await client.send(service, {
    method: "GET",
    path: `/api/stt/recordings/${id}`,
    token: user.plan.token,
    signal: context.signal,
  });
  if (outcome.type === "ok") {
    const view = recordingView.safeParse(outcome.body);
    if (!view.success) {
      invocation.fail(`an answer of another shape: ${JSON.stringify(outcome.body).slice(0, 120)}`);
      return false;
    }
    const { status, text, summary, error } = view.data;
    const value: OkValue<"result"> = { id, status, hasText: Boolean(text), hasSummary: Boolean(summary) };
    invocation.ok(error ? { ...value, error } : value);
    return true;
  }
  if (outcome.status === 404) {
    invocation.ok({ id, status: null, hasText: false, hasSummary: false } satisfies OkValue<"result">);
    return true;
  }
  if (outcome.type === "fail") invocation.fail(outcome.error);
  else invocation.info(outcome.error);
  return false;
}

async function readWav({ history, audioFolder }: WorkloadContext, { id, user }: Promised): Promise<void> {
  const invocation = history.invoke({ f: "wav", key: id, process: history.newProcess() });
  try {
    const wav = await readFile(join(audioFolder, id, "recording.wav"));
    const present = chunksPresent(wav, user.plan.chunks);
    invocation.ok({ id, bytes: wav.length, present } satisfies OkValue<"wav">);
  } catch (error) {
    const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (absent) invocation.ok({ id, bytes: 0, present: [] } satisfies OkValue<"wav">);
    else invocation.fail(messageOf(error));
  }
}

async function readJournal(context: WorkloadContext, ids: readonly string[]): Promise<void> {
  const { history, upstreamUrl, signal } = context;
  const invocation = history.invoke({ f: "upstream", process: history.newProcess() });
  try {
    invocation.ok(await countSubmissions(upstreamUrl, ids, signal));
  } catch (error) {
    invocation.fail(messageOf(error));
  }
}
