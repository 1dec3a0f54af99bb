import type { HistoryEvent } from "../history/event.ts";
import { requeue } from "../history/requeue-operations.ts";
import { messagesRead, type StageMessage, stageMessagesRead } from "../history/stage-message-operations.ts";
import { okValue } from "../history/transcription-operations.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Anomaly, Checker, CheckResult } from "./verdict.ts";

export interface MessagesOptions {
  /** Topics in which a recording that was FAILED must have a message; without them, dead letters are not judged. */
  readonly deadLetters?: readonly string[];
  /**
   * So many messages may be in a topic once more, in the whole run (default: any number). At-least-once publishing repeats what
   * it cannot know; while nothing of the service dies, the broker's idempotence must keep it from that.
   */
  readonly repeats?: number;
  /**
   * How much later than another message one may have been made that comes before it in its partition (default: any). Commits
   * may take a moment. Not for runs in which the upstream asks for long delays, which are spent before the publish.
   */
  readonly fifoWithin?: Duration;
}

/**
 * What lies in the service's topics in the end, by the recordings that it is of:
 *
 * - `scattered-recording`: its messages are in several partitions of a topic, so that nothing keeps them in order
 * - `out-of-order`: in a partition an earlier message of it (by version and attempt) comes first after a later one
 * - `overtaken-message`: a message that was made later, by more than `fifoWithin`, comes first before it in their partition
 * - `repeated-message`: a message is in a topic more than once (see `repeats`)
 * - `missing-dead-letter`: it was FAILED, in the end or until it was requeued, and no dead letter says so
 *
 * Without a read of any message, or of the dead letters where they are judged, or without a FAILED recording there: inconclusive.
 */
export function messages(options: MessagesOptions = {}): Checker {
  return { name: "messages", check: (events) => check(events, options) };
}

/** A topic's messages, and the event that is the evidence. */
interface Topic {
  readonly name: string;
  readonly read: HistoryEvent;
  readonly found: readonly StageMessage[];
}

function check(
  events: readonly HistoryEvent[],
  { deadLetters = [], repeats, fifoWithin }: MessagesOptions,
): CheckResult {
  const topics = events
    .filter(({ f, type }) => f === stageMessagesRead && type === "ok")
    .map((read): Topic => ({ name: read.key ?? "", read, found: messagesRead(read) }));
  const total = topics.reduce((sum, { found }) => sum + found.length, 0);
  const repeated = topics.flatMap(repeatedIn);
  const superfluous = repeated.reduce((sum, { extra }) => sum + extra, 0);
  const letters = topics.filter(({ name }) => deadLetters.includes(name));
  const failures = failuresIn(events);
  const unread = deadLetters.filter((name) => !letters.some((topic) => topic.name === name));

  return resultOf("messages", {
    anomalies: [
      ...topics.flatMap(scatteredIn),
      ...topics.flatMap(disorderedIn),
      ...(fifoWithin === undefined
        ? []
        : topics.flatMap((topic) => overtakenIn(topic, milliseconds(fifoWithin)))),
      ...(superfluous > (repeats ?? Number.POSITIVE_INFINITY) ? repeated.map((one) => one.anomaly) : []),
      ...(deadLetters.length > 0 && unread.length === 0 ? withoutLetter(failures, letters) : []),
    ],
    gaps: [
      ...(total === 0 ? ["no message of the service was read"] : []),
      ...(deadLetters.length > 0 && failures.length === 0
        ? ["no recording was FAILED, so nothing shows that there would be a dead letter"]
        : []),
      ...unread.map((name) => `the dead letters of ${name} were not read`),
    ],
    passedReason: `${total} messages in ${topics.length} topics, each recording's in order, ${superfluous} repeated`,
    counts: { messages: total, repeated: superfluous },
  });
}

const byRecording = ({ found }: Topic) => Map.groupBy(found, ({ id }) => id);
const nameOf = ({ version, attempt }: StageMessage) => `version ${version}, attempt ${attempt}`;

function scatteredIn(topic: Topic): Anomaly[] {
  return [...byRecording(topic)].flatMap(([id, own]) => {
    const partitions = [...new Set(own.map(({ partition }) => partition))].sort();
    if (partitions.length < 2) return [];
    const message = `recording ${id} has messages in partitions ${partitions.join(" and ")} of ${topic.name}`;
    return [anomaly("scattered-recording", message, [topic.read])];
  });
}

/** One anomaly a partition: the message that was overtaken by the most. Of several copies the first counts. */
function overtakenIn({ name, read, found }: Topic, boundMs: number): Anomaly[] {
  return [...Map.groupBy(found, ({ partition }) => partition)].flatMap(([partition, own]) => {
    const seen = new Set<string>();
    let latestMs = 0;
    let worst: { readonly one: StageMessage; readonly byMs: number } | undefined;
    for (const one of own) {
      const copy = `${one.id}: ${nameOf(one)}`;
      if (one.createdAt === undefined || seen.has(copy)) continue;
      seen.add(copy);
      const byMs = latestMs - one.createdAt;
      if (byMs > boundMs && byMs > (worst?.byMs ?? 0)) worst = { one, byMs };
      latestMs = Math.max(latestMs, one.createdAt);
    }
    if (worst === undefined) return [];
    const { one, byMs } = worst;
    const message = `in ${name}-${partition}, ${nameOf(one)} of recording ${one.id} comes after a message made ${byMs} ms later`;
    return [anomaly("overtaken-message", message, [read])];
  });
}

/** Of several copies of a message the first counts: it is the one that has an effect. */
function disorderedIn(topic: Topic): Anomaly[] {
  return [...byRecording(topic)].flatMap(([id, own]) => {
    for (const inPartition of Map.groupBy(own, ({ partition }) => partition).values()) {
      const seen = new Set<string>();
      let last: StageMessage | undefined;
      for (const one of inPartition) {
        if (seen.has(nameOf(one))) continue;
        seen.add(nameOf(one));
        if (last && isBefore(one, last)) {
          const message = `of recording ${id}, ${nameOf(one)} comes after ${nameOf(last)} in ${topic.name}-${one.partition}`;
          return [anomaly("out-of-order", message, [topic.read])];
        }
        last = one;
      }
    }
    return [];
  });
}

const isBefore = (a: StageMessage, b: StageMessage) =>
  a.version < b.version || (a.version === b.version && a.attempt < b.attempt);

function repeatedIn(topic: Topic): { anomaly: Anomaly; extra: number }[] {
  return [...Map.groupBy(topic.found, (one) => `${one.id}: ${nameOf(one)}`)]
    .filter(([, copies]) => copies.length > 1)
    .map(([name, copies]) => ({
      anomaly: anomaly(
        "repeated-message",
        `the message of recording ${name} is ${copies.length} times in ${topic.name}`,
        [topic.read],
      ),
      extra: copies.length - 1,
    }));
}

function withoutLetter(failures: readonly Failure[], letters: readonly Topic[]): Anomaly[] {
  const known = new Set(letters.flatMap(({ found }) => found.map(({ id }) => id)));
  return failures
    .filter(({ id }) => !known.has(id))
    .map(({ id, event }) => {
      const message = `recording ${id} was FAILED, and there is no dead letter of it`;
      return anomaly("missing-dead-letter", message, [event, ...letters.map(({ read }) => read)]);
    });
}

/** A recording that was FAILED, and the event that shows it. */
interface Failure {
  readonly id: string;
  readonly event: HistoryEvent;
}

/** Who ended FAILED, and who was brought back from there. */
function failuresIn(events: readonly HistoryEvent[]): Failure[] {
  const failures = events.flatMap((event): Failure[] => {
    if (event.type !== "ok") return [];
    if (event.f === requeue) return [{ id: event.key ?? "", event }];
    if (event.f !== "result") return [];
    const { id, status } = okValue("result", event);
    return status === "FAILED" ? [{ id, event }] : [];
  });
  return [...new Map(failures.map((failure) => [failure.id, failure])).values()];
}
