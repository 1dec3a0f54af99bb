import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { RecordingConflict } from "../pipeline/recordings.ts";
import { sha256Of } from "../storage/audio-store.ts";
import { listChunks } from "../storage/chunks.ts";
import { Database } from "../storage/database.ts";
import { noise } from "../testing/factory.ts";
import { LiveInstance } from "../testing/live-instance.ts";
import { silent, useServers } from "../testing/servers.integration.test.ts";

/** A chunk that a client sends; two takes of one number have different bytes. */
interface Sent {
  readonly seq: number;
  readonly take: 0 | 1;
  readonly finish: boolean;
}

const bytesOf = ({ seq, take }: Pick<Sent, "seq" | "take">) => noise(`${seq}/${take}`, 1);

const sent: fc.Arbitrary<Sent> = fc.record({
  seq: fc.nat(4),
  // Mostly the same bytes: a client that sends others under one number is a broken one.
  take: fc.oneof({ weight: 8, arbitrary: fc.constant(0 as const) }, fc.constant(1 as const)),
  finish: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
});

/** The table of docs/service/api.md, "What becomes of a chunk", for chunks that come one after another. */
class Model {
  readonly stored = new Map<number, Sent["take"]>();
  over = false;

  /** The answer to a chunk: the status, or why it is refused. */
  answer({ seq, take, finish }: Sent): string {
    const before = this.stored.get(seq);
    if (before !== undefined && before !== take) return "chunk-conflict";
    if (this.over) return before === undefined ? "recording-over" : "ENCODING";
    this.stored.set(seq, take);
    if (!finish) return "RECORDING";
    const complete = this.stored.size === seq + 1 && Math.max(...this.stored.keys()) === seq;
    if (!complete) return "chunks-missing";
    this.over = true;
    return "ENCODING";
  }
}

describe("the chunks of a recording, whatever a client sends", () => {
  const servers = useServers();
  let stack: AsyncDisposableStack;
  let instances: readonly LiveInstance[];
  let database: Database;

  before(async () => {
    stack = new AsyncDisposableStack();
    const audioDir = await mkdtemp(join(tmpdir(), "chunks-"));
    stack.defer(() => rm(audioDir, { recursive: true, force: true }));
    const databaseUrl = await servers.newDatabase();
    const options = { databaseUrl, redisUrl: servers.redisUrl, audioDir };
    instances = [stack.use(await LiveInstance.start(options)), stack.use(await LiveInstance.start(options))];
    database = stack.use(new Database(databaseUrl, 2, silent));
  });
  after(() => stack.disposeAsync());

  async function newRecording(): Promise<string> {
    const made = await instances[0]?.recordings.create("alice");
    if (!made) throw new Error("no instance");
    return made.id;
  }

  /** Sends a chunk by one of the instances. @returns the answer, in the model's words. */
  async function send(id: string, chunk: Sent, turn: number): Promise<string | undefined> {
    const { seq, finish } = chunk;
    const instance = instances[turn % instances.length];
    const adding = instance?.recordings.addChunk("alice", id, {
      ...{ seq, finish },
      bytes: bytesOf(chunk),
      format: "pcm",
    });
    return adding?.catch((error: unknown) => {
      if (error instanceof RecordingConflict) return error.reason;
      throw error;
    });
  }

  /** What the encoder will read: numbers and contents. */
  async function stored(id: string) {
    return (await listChunks(database, id)).map(({ seq, sha256 }) => [seq, sha256]);
  }

  const entry = ([seq, take]: readonly [number, Sent["take"]]) => [seq, sha256Of(bytesOf({ seq, take }))];

  it("each has its documented answer and effect, one after another", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { maxLength: 15 }), async (chunks) => {
        const id = await newRecording();
        const model = new Model();
        for (const [turn, chunk] of chunks.entries()) {
          expect(await send(id, chunk, turn), `chunk ${turn}`).to.equal(model.answer(chunk));
        }
        const expected = [...model.stored].toSorted(([a], [b]) => a - b).map(entry);
        expect(await stored(id)).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("sent to two instances at once: what was accepted is there, what was not is not, and it ends once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 2, maxLength: 12 }), async (chunks) => {
        const id = await newRecording();
        const answers = await Promise.all(chunks.map((chunk, turn) => send(id, chunk, turn)));
        const present = new Map((await stored(id)).map(([seq, sha256]) => [seq, sha256]));
        const accepted = chunks.filter((_, n) =>
          ["RECORDING", "ENCODING", "chunks-missing"].includes(answers[n] ?? ""),
        );
        for (const chunk of accepted) {
          expect(present.get(chunk.seq), `chunk ${chunk.seq}`).to.equal(sha256Of(bytesOf(chunk)));
        }
        expect(present.size, "nothing else").to.equal(new Set(accepted.map(({ seq }) => seq)).size);

        const ends = await database.query("select 1 from outbox where key = $1", [id]);
        expect(ends.rowCount, "messages to the encoder").to.equal(answers.includes("ENCODING") ? 1 : 0);
        if (answers.includes("ENCODING")) {
          const seqs = [...present.keys()];
          expect(seqs, "without a gap").to.deep.equal([...seqs.keys()]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
