import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DagloMode, setMode } from "../../topology/daglo-modes.ts";
import { type Scope, signToken } from "../../topology/token.ts";
import { loadSpeech, type Speech } from "../speech.ts";
import { countSubmissions } from "../upstream-journal.ts";
import type { Service, WorkloadContext } from "../workload.ts";
import { FlowUser } from "./flow-user.ts";
import { type CallOptions, call, HttpSpeaker } from "./http-speaker.ts";
import type { Answer, Speaker } from "./speaker.ts";
import type { Stepper } from "./stepper.ts";
import { StompSpeaker } from "./stomp-speaker.ts";

/** The service's interfaces. */
export const interfaces = ["REST", "STOMP"] as const;
export type Interface = (typeof interfaces)[number];

const SPEECH = new URL("../../../scenarios/audio/sense-and-sensibility.wav", import.meta.url);
const chunkBytes = 8_000;

/** Everything a flow acts on, by one of the interfaces. */
export class World implements AsyncDisposable {
  /** The interface that its users use. */
  readonly by: Interface;
  /** `await step("what is done", async () => ...)`: recorded; a step that throws ends the flow, which then has failed. */
  readonly step: Stepper;
  readonly #context: WorkloadContext;
  readonly #random: () => number;
  readonly #resources = new AsyncDisposableStack();
  #speech: Speech | undefined;

  constructor(by: Interface, step: Stepper, context: WorkloadContext, random: () => number) {
    this.by = by;
    this.step = step;
    this.#context = context;
    this.#random = random;
  }

  /** Instances of the service, as the load reaches them. */
  get services(): readonly Service[] {
    return this.#context.services;
  }

  /** A user by this flow's interface. Several of one subject are several devices. @param instance 0 is the first. */
  async user(subject: string, { instance = 0 }: { instance?: number } = {}): Promise<FlowUser> {
    const token = await this.token(subject);
    const { baseUrl } = this.#service(instance);
    const speaker: Speaker =
      this.by === "REST" ? new HttpSpeaker(baseUrl, token) : await StompSpeaker.connect(baseUrl, token);
    const read = (path: string) => this.call("GET", path, { token });
    return this.#resources.use(new FlowUser(subject, speaker, this.step, read));
  }

  /** A raw HTTP request to an instance, without a step of its own. @throws Error when there is no answer. */
  call(
    method: Parameters<typeof call>[1],
    path: string,
    { instance = 0, ...options }: CallOptions & { instance?: number } = {},
  ): Promise<Answer> {
    return call(this.#service(instance).baseUrl, method, path, options);
  }

  /** A raw request with an administrator's token. */
  async administer(method: "GET" | "POST", path: string): Promise<Answer> {
    return this.call(method, path, { token: await this.token("an administrator", ["stt:admin"]) });
  }

  /** A token that the service accepts. */
  token(subject: string, scopes: readonly Scope[] = ["stt:read", "stt:write"]): Promise<string> {
    return signToken(this.#context.jwtSecret, subject, scopes);
  }

  /** Pieces of real speech, consecutive, a quarter of a second each, from a place that the seed gives. */
  speech(chunks: number): Buffer[] {
    this.#speech ??= loadSpeech(SPEECH);
    return this.#speech.chunks(this.#random(), chunks, chunkBytes);
  }

  /** The samples of a recording's WAV, without its header. */
  async samplesOf(id: string): Promise<Buffer> {
    const wavHeaderBytes = 44;
    const wav = await readFile(join(this.#context.audioFolder, id, "recording.wav"));
    return wav.subarray(wavHeaderBytes);
  }

  /** How often the upstream was asked to transcribe and to summarise a recording, by its own journal. */
  async submissions(id: string): Promise<{ transcriptions: number; summaries: number }> {
    const counts = await countSubmissions(this.#context.upstreamUrl, [id], this.#context.signal);
    return { transcriptions: counts.submissions[id] ?? 0, summaries: counts.summaries[id] ?? 0 };
  }

  /** From now on the upstream behaves so. It is well again when the flow ends. */
  async upstream(mode: DagloMode): Promise<void> {
    await setMode(this.#context.upstreamUrl, mode);
    if (mode !== "normal") this.#resources.defer(() => setMode(this.#context.upstreamUrl, "normal"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #service(instance: number): Service {
    const service = this.services[instance];
    if (service === undefined) throw new Error(`the topology has no instance ${instance + 1} of the service`);
    return service;
  }
}
