/**
 * The dead letters of the service, for administrators: `node system/dead-letters.ts --help`. It needs the service's own
 * environment (STT_DATABASE_URL, STT_KAFKA_BROKERS and so on).
 */
import { userInfo } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { ConfigError, parseConfig } from "./config.ts";
import { messageHeaders } from "./contract/messages.ts";
import { deadLetterTopics } from "./contract/topics.ts";
import { RedisConnection } from "./coordination/redis.ts";
import { StatusCache } from "./coordination/status-cache.ts";
import { type Stage, stages } from "./domain/status.ts";
import type { IncomingMessage } from "./messaging/messaging.ts";
import { readTopics } from "./messaging/read-topics.ts";
import { DeadLetters } from "./pipeline/dead-letters.ts";
import { RecordingConflict, RecordingNotFound } from "./pipeline/recordings.ts";
import { Database, DatabaseUnavailable } from "./storage/database.ts";
import { Transcriptions } from "./storage/transcriptions.ts";
import { createLogger } from "./telemetry/logger.ts";
import { createMetrics } from "./telemetry/metrics.ts";

const pageSize = 500;

interface Selection {
  readonly stage?: Stage;
  readonly json?: true;
}

const stageOption = () => new Option("--stage <stage>", "only those of this stage").choices(stages);
const jsonOption = () => new Option("--json", "one JSON object a line");

const program = new Command("dead-letters")
  .description("Recordings that a stage of the speech-to-text service gave up on.")
  .showHelpAfterError("(--help shows the commands)");

program
  .command("list")
  .description("the recordings that are FAILED now, the latest first")
  .addOption(stageOption())
  .addOption(jsonOption())
  .option("--limit <n>", "how many at most", wholeNumber, 100)
  .action((options: Selection & { limit: number }) =>
    withTools(async ({ deadLetters }) => {
      for (const one of await deadLetters.list({ stage: options.stage, limit: options.limit })) {
        print(
          options,
          one,
          `${one.failedAt.toISOString()}  ${one.id}  ${one.stage.padEnd(11)}  ${one.cause}`,
        );
      }
    }),
  );

program
  .command("show")
  .argument("<id>", "the recording")
  .description("a FAILED recording, its history, and its dead letters in Kafka, as JSON")
  .action((id: string) =>
    withTools(async ({ deadLetters, letters }) => {
      const failed = await deadLetters.find(id);
      const evidence: unknown[] = [];
      for await (const letter of letters(stages)) if (letter.key === id) evidence.push(letterView(letter));
      console.log(JSON.stringify({ ...failed, letters: evidence }, null, 2));
    }),
  );

program
  .command("letters")
  .description("every message in the dead-letter topics, also of recordings that were requeued since")
  .addOption(stageOption())
  .addOption(jsonOption())
  .action((options: Selection) =>
    withTools(async ({ letters }) => {
      for await (const letter of letters(options.stage ? [options.stage] : stages)) {
        const one = letterView(letter);
        print(options, one, `${one.at}  ${one.id}  ${one.headers[messageHeaders.cause] ?? ""}`);
      }
    }),
  );

program
  .command("requeue")
  .argument("[ids...]", "the recordings")
  .option("--all", "all that are FAILED now")
  .addOption(stageOption())
  .option("--resubmit", "submit the stage's job upstream anew, for when the upstream lost or refused it")
  .description("bring FAILED recordings back to the stage that gave up on them")
  .action((ids: string[], options: Selection & { all?: true; resubmit?: true }, command: Command) => {
    if (ids.length > 0 === (options.all === true)) {
      command.error("requeue: name recordings, or say --all (with --stage for one stage's)");
    }
    return withTools(async ({ deadLetters }) => {
      const actor = `cli:${userInfo().username}`;
      for await (const id of options.all ? allOf(deadLetters, options.stage) : ids) {
        await requeue(deadLetters, id, { actor, resubmit: options.resubmit === true });
      }
    });
  });

/** Requeues one; a refusal is told, and does not keep the others from their turn. */
async function requeue(
  deadLetters: DeadLetters,
  id: string,
  options: { actor: string; resubmit: boolean },
): Promise<void> {
  try {
    console.log(`${id}  ${await deadLetters.requeue(id, options)}`);
  } catch (error) {
    if (!(error instanceof RecordingConflict || error instanceof RecordingNotFound)) throw error;
    console.error(`${id}  not requeued: ${told(error)}`);
    process.exitCode = 1;
  }
}

async function* allOf(deadLetters: DeadLetters, stage: Stage | undefined): AsyncGenerator<string> {
  for (let before: string | undefined; ; ) {
    const page = await deadLetters.list({ stage, before, limit: pageSize });
    for (const { id } of page) yield id;
    before = page.at(-1)?.id;
    if (before === undefined) return;
  }
}

interface Tools {
  readonly deadLetters: DeadLetters;
  readonly letters: (of: readonly Stage[]) => AsyncGenerator<IncomingMessage>;
}

/** Connects, works, disconnects; errors the user can act on become a line and an exit code. */
async function withTools(work: (tools: Tools) => Promise<void>): Promise<void> {
  try {
    const config = parseConfig(process.env);
    const logger = createLogger(config.instance, "silent");
    const metrics = createMetrics(config.instance);
    await using database = new Database(config.databaseUrl, 1, logger);
    await using redis = new RedisConnection(config.redis, logger, metrics);
    const deadLetters = new DeadLetters({
      database,
      transcriptions: new Transcriptions("dead-letters"),
      cache: new StatusCache(redis, { mayBeOutdated: () => true }, metrics), // only written to,
      logger,
      metrics,
    });
    const letters = (of: readonly Stage[]) =>
      readTopics(
        config.kafka,
        of.map((stage) => deadLetterTopics[stage]),
      );
    await work({ deadLetters, letters });
  } catch (error) {
    console.error(told(error));
    process.exitCode = error instanceof ConfigError ? 2 : error instanceof DatabaseUnavailable ? 3 : 1;
  }
}

function told(error: unknown): string {
  if (error instanceof RecordingNotFound) return `there is no FAILED recording ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

function letterView({ topic, partition, offset, key, headers }: IncomingMessage) {
  return { at: `${topic}[${partition}]@${offset}`, id: key, headers };
}

function print(options: Selection, value: object, line: string): void {
  console.log(options.json ? JSON.stringify(value) : line);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number from 1 is needed");
  return Number(text);
}

await program.parseAsync();
