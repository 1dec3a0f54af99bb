import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

const partitions = 8;
const producers = 10;
const consumers = 4;
/** Sends between two rounds of polls, and records in a poll of the final reads. */
const sendsARound = 40;
const recordsInFinalPoll = 500;

/**
 * Writes a history of a log in which all is well, always the same: ten producers over eight partitions, four consumers that
 * follow, and final reads of everything by a fresh one. About `events` events, a little more than 100 bytes each.
 */
export async function writeLogHistory(path: string, events: number): Promise<void> {
  const stream = createWriteStream(path);
  for (const lines of logHistory(events)) {
    if (!stream.write(lines)) await new Promise<void>((resolve) => stream.once("drain", resolve));
  }
  stream.end();
  await finished(stream);
}

function* logHistory(events: number): Generator<string> {
  const ends = new Array<number>(partitions).fill(0);
  const polled = new Array<number>(partitions).fill(0);
  let index = 0;
  let sent = 0;
  const line = (type: string, process: number, f: string, value: string, phase = "steady") =>
    `{"index":${index},"time":${index++ * 1_234},"type":"${type}","process":${process},"f":"${f}","value":${value},"phase":"${phase}"}\n`;
  /** The records `[from, to)` of a partition: its values are those that leave its number when divided. */
  const records = (partition: number, from: number, to: number) => {
    const all = Array.from(
      { length: to - from },
      (_, n) => `[${from + n},${(from + n) * partitions + partition}]`,
    );
    return `"t-${partition}":[${all.join(",")}]`;
  };

  while (index < events) {
    let round = "";
    for (let n = 0; n < sendsARound; n++) {
      const value = sent++;
      const partition = value % partitions;
      const offset = ends[partition] ?? 0;
      ends[partition] = offset + 1;
      round += line("invoke", value % producers, "send", `${value}`);
      round += line(
        "ok",
        value % producers,
        "send",
        `{"key":"t-${partition}","offset":${offset},"value":${value}}`,
      );
    }
    for (let consumer = 0; consumer < consumers; consumer++) {
      const seen = [consumer, consumer + consumers].map((partition) => {
        const [from, to] = [polled[partition] ?? 0, ends[partition] ?? 0];
        polled[partition] = to;
        return records(partition, from, to);
      });
      round += line("invoke", producers + consumer, "poll", "null");
      round += line("ok", producers + consumer, "poll", `{${seen.join(",")}}`);
    }
    yield round;
  }
  const reader = producers + consumers;
  for (const [partition, end] of ends.entries()) {
    for (let from = 0; from < end; from += recordsInFinalPoll) {
      const seen = records(partition, from, Math.min(end, from + recordsInFinalPoll));
      yield line("invoke", reader, "poll", "null", "drain") +
        line("ok", reader, "poll", `{${seen}}`, "drain");
    }
  }
}
