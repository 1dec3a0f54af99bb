import { check, sleep } from "k6";
import exec from "k6/execution";
import { Counter, Rate, Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { Consumer, endOffsets, type Position, Producer } from "k6/x/kafka";
import { stageTopics } from "../system/contract/topics.ts";
import { noteOfferedRate } from "./lib/breakpoint.ts";
import { lengthOf, shapeOf } from "./lib/profiles.ts";
import { report } from "./lib/report.ts";
import { assertProfileOfTag, commonOptions, settings } from "./lib/script.ts";
import { Sequences } from "./lib/sequence.ts";
import { given } from "./lib/settings.ts";
import type { SummaryData } from "./lib/summary.ts";
import { kafkaBounds } from "./lib/thresholds.ts";

const brokers = (given(__ENV, "BROKERS") ?? "localhost:9092").split(",");
const topics = (given(__ENV, "TOPICS") ?? Object.values(stageTopics).join(",")).split(",");
const acks = acksOf(given(__ENV, "ACKS") ?? "all");

/** An iteration: so many records, each waiting for its acknowledgement, in a second. */
const recordsPerIteration = 20;
const iterationSeconds = 1;

/** The consumer is there for a while after the last record. */
const tailSeconds = 10;
/** Whose iterations are shared, smoke's, end when they have: this is ample. */
const smokeSeconds = 10;

const produceDuration = new Trend("kafka_produce_duration", true);
const produceFailed = new Rate("kafka_produce_failed");
const latency = new Trend("kafka_end_to_end_latency", true);
const acked = new Counter("kafka_acked");
const received = new Counter("kafka_received");
const repeated = new Counter("kafka_repeated");
const missing = new Counter("kafka_missing");

const shape = shapeOf(settings, iterationSeconds);
const producing = settings.profile === "smoke" ? smokeSeconds : lengthOf(shape.scenario) / 1_000;

export const options: Options = {
  ...commonOptions(kafkaBounds, shape),
  scenarios: {
    [settings.profile]: { ...shape.scenario, exec: "produce" },
    consume: {
      executor: "constant-vus",
      vus: 1,
      duration: `${producing + tailSeconds}s`,
      gracefulStop: "5s",
      exec: "consume",
    },
  },
};

interface Run {
  /** Tells this run's records from all others in the topics. */
  readonly name: string;
  /** Where the topics ended before its first record. */
  readonly from: readonly Position[];
}

export function setup(): Run {
  assertProfileOfTag();
  return { name: `k6-${Date.now()}`, from: endOffsets({ brokers, topics }) };
}

let producer: Producer | undefined;
let consumer: Consumer | undefined;
/** The number of the next record of this virtual user, by topic. */
const numbers = new Map<string, number>();
const sequences = new Sequences();

/**
 * Produces records that look like the stages' own, of recordings that do not exist: the service reads, looks up and drops
 * them. A user has one key, so its records of a topic stay in order.
 */
export function produce({ name }: Run): void {
  noteOfferedRate(shape.scenario);
  producer ??= new Producer({ brokers, acks });
  const key = `${name}-${exec.vu.idInTest}`;
  const began = Date.now();
  for (let index = 0; index < recordsPerIteration; index++) {
    const topic = topics[index % topics.length] ?? "";
    const number = numbers.get(topic) ?? 0;
    if (send(producer, topic, key, number)) numbers.set(topic, number + 1);
    const due = began + ((index + 1) * iterationSeconds * 1_000) / recordsPerIteration;
    sleep(Math.max(0, due - Date.now()) / 1_000);
  }
}

/** Reads everything since the run began, and counts what is of this run. */
export function consume({ name, from }: Run): void {
  consumer ??= consumerFrom(from);
  for (const message of consumer.poll({ timeoutMs: 500 })) {
    const number = Number(message.headers["k6-number"]);
    if (!message.key?.startsWith(`${name}-`) || Number.isNaN(number)) continue;
    latency.add(message.latencyMs, { topic: message.topic });
    received.add(1);
    const seen = sequences.see(`${message.topic} ${message.key}`, number);
    if (seen.missing > 0) missing.add(seen.missing);
    if (seen.repeated) repeated.add(1);
  }
}

/** Without a reader the run says nothing, so it ends. */
function consumerFrom(from: readonly Position[]): Consumer {
  try {
    return new Consumer({ brokers, from });
  } catch (error) {
    exec.test.abort(`the consumer cannot be made: ${error}`);
    throw error;
  }
}

export const handleSummary = (data: SummaryData) => report("stt-kafka", data);

/** @returns whether it was acknowledged; if not, the next one has the same number, for it may not be there. */
function send(to: Producer, topic: string, key: string, number: number): boolean {
  const headers = {
    version: "0",
    attempt: "0",
    "created-at": String(Date.now()),
    "k6-number": String(number),
  };
  let failure: string | undefined;
  try {
    const { durationMs } = to.produce([{ topic, key, value: JSON.stringify({ recordingId: key }), headers }]);
    produceDuration.add(durationMs, { topic });
    acked.add(1);
  } catch (error) {
    failure = String(error);
    if (exec.vu.iterationInScenario === 0) console.warn(failure);
  }
  produceFailed.add(failure !== undefined);
  return check(failure, { acknowledged: (why) => why === undefined });
}

function acksOf(text: string): "all" | "1" | "0" {
  if (text === "all" || text === "1" || text === "0") return text;
  throw new Error(`ACKS=${text}: it may be all, 1 or 0`);
}
