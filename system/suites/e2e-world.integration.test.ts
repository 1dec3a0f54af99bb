// Not a test itself: named like one because only tests may use the harness from here (.dependency-cruiser.cjs).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import type { RecordingView } from "../contract/api.ts";
import { type Status, statuses } from "../contract/status.ts";
import { mediaTypes } from "../domain/audio-format.ts";
import { wavHeader } from "../domain/wav.ts";
import { Database } from "../storage/database.ts";
import { type Transcription, Transcriptions } from "../storage/transcriptions.ts";
import { DagloStub } from "../testing/daglo-stub.ts";
import { tokenFor } from "../testing/factory.ts";
import { type Servers, silent } from "../testing/servers.integration.test.ts";
import type { Speaker, Watch } from "../testing/speaker.ts";
import { StompUser } from "../testing/stomp-user.ts";
import { SttUser } from "../testing/stt-user.ts";

/** The way of a recording to which nothing happens. */
export const happyPath: readonly Status[] = statuses.filter((status) => status !== "FAILED");

/** One of the service's interfaces, and how a test uses it. */
export interface Interface {
  readonly name: "REST" | "STOMP";
  /** Goes on over the restart of an instance. */
  connect(baseUrl: string, token: string): Promise<Speaker & Partial<AsyncDisposable>>;
  /** Whether a subject is told that there is no such recording. */
  hides(id: string, baseUrl: string, token: string): Promise<boolean>;
  /** Whether a watch is told of each step; else of the latest one when it asks. */
  readonly tellsEveryStep: boolean;
}

export const interfaces: readonly Interface[] = [
  {
    name: "REST",
    connect: async (baseUrl, token) => new SttUser(baseUrl, token),
    hides: async (id, baseUrl, token) => {
      const user = new SttUser(baseUrl, token);
      const answers = [await user.call("GET", `/api/stt/recordings/${id}/status`), await user.heartbeat(id)];
      return answers.every(({ status }) => status === 404);
    },
    tellsEveryStep: false,
  },
  {
    name: "STOMP",
    connect: (baseUrl, token) => StompUser.connect({ baseUrls: [baseUrl], token, reconnectMs: 100 }),
    hides: async (id, baseUrl, token) => {
      await using user = await StompUser.connect({ baseUrls: [baseUrl], token });
      if ((await user.heartbeat(id)).status !== 404) return false;
      const watch = user.watch(id);
      await until(() => user.errors.length > 0, "the subscription is refused").atMost("5s");
      return watch.seen.length === 0;
    },
    tellsEveryStep: true,
  },
];

/** Everything a scenario acts on, by one of the interfaces. What it makes is undone when it is disposed of. */
export class World implements AsyncDisposable {
  readonly daglo: DagloStub;
  readonly servers: Servers;
  readonly #interface: Interface;
  readonly #baseUrl: string;
  readonly #database: Database;
  readonly #transcriptions = new Transcriptions("test");
  readonly #resources = new AsyncDisposableStack();

  /** @param at an instance and its database. */
  constructor(servers: Servers, by: Interface, at: { baseUrl: string; databaseUrl: string }) {
    this.servers = servers;
    this.#interface = by;
    this.#baseUrl = at.baseUrl;
    this.#database = this.#resources.use(new Database(at.databaseUrl, 2, silent));
    this.daglo = new DagloStub(servers.running.upstreamUrl);
  }

  get tellsEveryStep(): boolean {
    return this.#interface.tellsEveryStep;
  }

  /** A connected user. Several of one subject are several devices. */
  async user(subject: string): Promise<User> {
    const token = await this.#token(subject);
    const speaker = await this.#interface.connect(this.#baseUrl, token);
    const user = new User(speaker, new SttUser(this.#baseUrl, token));
    return this.#resources.use(user);
  }

  async hidesFrom(subject: string, id: string): Promise<boolean> {
    return this.#interface.hides(id, this.#baseUrl, await this.#token(subject));
  }

  async admin(): Promise<SttUser> {
    return new SttUser(this.#baseUrl, await this.#token("root", "stt:admin"));
  }

  /** What PostgreSQL knows of a recording. */
  async row(id: string): Promise<Transcription> {
    const row = await this.#transcriptions.find(this.#database, id);
    if (!row) throw new Error(`there is no recording ${id}`);
    return row;
  }

  /** As if a recording's last sign of life were so long ago. */
  async setSilence(id: string, seconds: number): Promise<void> {
    await this.#database.query(
      "update transcriptions set last_seen = now() - $2 * interval '1 second' where id = $1",
      [id, seconds],
    );
  }

  wav(id: string): Promise<Buffer> {
    return readFile(join(this.servers.running.audioFolder, id, "recording.wav"));
  }

  /** Expects a recording's WAV to be its header and the samples, in order, each once. */
  async expectWavOf(id: string, chunks: readonly Uint8Array[]): Promise<void> {
    const samples = Buffer.concat(chunks);
    const expected = Buffer.concat([wavHeader(samples.length), samples]);
    expect((await this.wav(id)).equals(expected), `the WAV of ${id} has its chunks in order`).to.equal(true);
  }

  /** Paths of what was submitted to Daglo for a recording, in order. */
  async submissions(id: string): Promise<string[]> {
    return (await this.daglo.submissionsOf(id)).map(({ url }) => url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #token(subject: string, scope?: string): Promise<string> {
    return tokenFor(subject, this.servers.running.jwtSecret, scope);
  }
}

/** A user who records by one of the interfaces, and reads texts over HTTP. */
export class User implements AsyncDisposable {
  /** By the interface. */
  readonly by: Speaker;
  readonly #speaker: Speaker & Partial<AsyncDisposable>;
  readonly #http: SttUser;
  readonly #watches = new Map<string, Watch>();

  constructor(speaker: Speaker & Partial<AsyncDisposable>, http: SttUser) {
    this.by = speaker;
    this.#speaker = speaker;
    this.#http = http;
  }

  /** Starts a recording and follows its status. */
  async start(): Promise<string> {
    const id = await this.by.start();
    this.watch(id);
    return id;
  }

  watch(id: string): void {
    this.#watches.set(id, this.by.watch(id));
  }

  /** A finished recording of these chunks. */
  async record(chunks: readonly Uint8Array[], mediaType: string = mediaTypes.pcm): Promise<string> {
    const id = await this.start();
    for (const [seq, chunk] of chunks.entries()) {
      const { status, json } = await this.by.send(id, seq, chunk, seq === chunks.length - 1, mediaType);
      expect(status, JSON.stringify(json)).to.equal(202);
    }
    return id;
  }

  /** Asks for the transcription, as soon as the recording is encoded. */
  async convert(id: string): Promise<void> {
    await this.hears(id, "ENCODED");
    expect(await this.by.convert(id)).to.deep.include({ status: 202, json: { id, status: "PROCESSING" } });
  }

  /** Waits until the user has been told this status as the latest one. */
  async hears(id: string, wanted: Status): Promise<void> {
    const told = () => this.told(id).at(-1);
    await until(() => told() === wanted, `${id} is ${wanted} (last heard: ${told()})`)
      .every("20ms")
      .atMost("30s");
  }

  /** The statuses that the user was told, in order. */
  told(id: string): Status[] {
    return this.#seen(id).map(({ status }) => status);
  }

  /** The progress that the user was told, in order. */
  progress(id: string): number[] {
    return this.#seen(id).flatMap(({ progress }) => progress ?? []);
  }

  view(id: string): Promise<RecordingView> {
    return this.#http.view(id);
  }

  /** Goes away without a word to the service about the recordings. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#watches.clear();
    await this.#speaker[Symbol.asyncDispose]?.();
  }

  #seen(id: string): Watch["seen"] {
    return this.#watches.get(id)?.seen ?? [];
  }
}
