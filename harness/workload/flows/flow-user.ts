import { strict as assert } from "node:assert";
import { z } from "zod";
import { until } from "../../util/until.ts";
import type { Answer, Speaker, Watch } from "./speaker.ts";
import type { Stepper } from "./stepper.ts";

const created = z.object({ id: z.string() });
const view = z.object({
  status: z.string(),
  text: z.string().nullable(),
  summary: z.string().nullable(),
  error: z.string().nullable(),
  timings: z.record(z.string(), z.string()),
});

/** A user of a flow; each thing it does is a step. */
export class FlowUser implements AsyncDisposable {
  readonly name: string;
  /** Its requests, without steps, for what is expected to be refused. */
  readonly by: Speaker;
  readonly #step: Stepper;
  readonly #read: (path: string) => Promise<Answer>;
  readonly #watches = new Map<string, Watch>();

  constructor(name: string, by: Speaker, step: Stepper, read: (path: string) => Promise<Answer>) {
    this.name = name;
    this.by = by;
    this.#step = step;
    this.#read = read;
  }

  /** Starts a recording and follows its status. @returns its id. */
  start(): Promise<string> {
    return this.#step(`${this.name} starts a recording`, async () => {
      const { id } = created.parse(expectStatus(await this.by.start(), 201).json);
      this.watch(id);
      return id;
    });
  }

  /** Follows a recording, as another device of the same user would. */
  watch(id: string): void {
    this.#watches.set(id, this.by.watch(id));
  }

  /** Sends a chunk that the service has to take. */
  async send(id: string, seq: number, body: Uint8Array, { finish = false } = {}): Promise<void> {
    await this.#step(`${this.name} sends chunk ${seq}${finish ? ", the last" : ""}`, async () => {
      expectStatus(await this.by.send(id, seq, body, finish), 202);
    });
  }

  /** Records these chunks and finishes. @returns the recording's id. */
  async record(chunks: readonly Uint8Array[]): Promise<string> {
    const id = await this.start();
    for (const [seq, chunk] of chunks.entries())
      await this.send(id, seq, chunk, { finish: seq === chunks.length - 1 });
    return id;
  }

  /** Asks for the transcription, once the recording is encoded. */
  async convert(id: string): Promise<void> {
    await this.hears(id, "ENCODED");
    await this.#step(`${this.name} asks for the transcription`, async () => {
      expectStatus(await this.by.convert(id), 202);
    });
  }

  /** Waits until this status is the latest that the user was told. */
  async hears(id: string, wanted: string): Promise<void> {
    const latest = () => this.told(id).at(-1);
    await this.#step(`${this.name} is told ${wanted}`, async () => {
      await until(() => latest() === wanted, `${id} is ${wanted}`)
        .atMost("30s")
        .catch((error: Error) => assert.fail(`${error.message}; last told: ${latest() ?? "nothing"}`));
    });
  }

  /** The statuses that the user was told, in order, each once in a row. */
  told(id: string): string[] {
    const all = this.#told(id).map(({ status }) => status);
    return all.filter((status, index) => status !== all[index - 1]);
  }

  /** The progress that the user was told, in order, in percent. */
  progress(id: string): number[] {
    return [...new Set(this.#told(id).flatMap(({ progress }) => progress ?? []))];
  }

  /** The recording as a whole. */
  view(id: string): Promise<z.infer<typeof view>> {
    return this.#step(`${this.name} reads the recording`, async () =>
      view.parse(expectStatus(await this.#read(`/api/stt/recordings/${id}`), 200).json),
    );
  }

  /** Goes away without a word about its recordings. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    await this.by[Symbol.asyncDispose]();
  }

  #told(id: string) {
    return this.#watches.get(id)?.told ?? [];
  }
}

/** The answer, when it has this status. @throws AssertionError with what it has instead. */
export function expectStatus(answer: Answer, status: number): Answer {
  assert.equal(
    answer.status,
    status,
    `answered ${answer.status}, not ${status}: ${JSON.stringify(answer.json)}`,
  );
  return answer;
}
