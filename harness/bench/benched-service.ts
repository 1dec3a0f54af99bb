import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Node } from "../runtime/node.ts";
import { signToken } from "../topology/token.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { EnvironmentError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import type { BenchContext } from "./benchmark.ts";
import { startTopology } from "./environment.ts";
import { HttpTarget } from "./http-target.ts";

const recordings = "/api/stt/recordings";
const answerSchema = z.object({ id: z.string(), status: z.string() });

/** A chunk of PCM as the benchmarks send it: a second of noise. */
export const chunk = randomBytes(32 * 1024);

/** The limit on requests stays in the way of each, as in production, but stops none. */
const noLimit = { STT_RATE_LIMIT_PER_MINUTE: "1000000000" };

/** One instance of the service with one broker, one Redis and PostgreSQL, asked straight at its own address. */
export class BenchedService {
  readonly topology: RunningTopology;
  readonly instance: Node;
  readonly #http: HttpTarget;
  readonly #signal: AbortSignal;

  private constructor(topology: RunningTopology, http: HttpTarget, signal: AbortSignal) {
    this.topology = topology;
    this.instance = topology.node("stt-1");
    this.#http = http;
    this.#signal = signal;
  }

  /** Starts it; it ends with the stack. @param env settings on top of the topology's. */
  static async start(
    context: BenchContext,
    stack: AsyncDisposableStack,
    env: Readonly<Record<string, string>> = {},
  ): Promise<BenchedService> {
    const { running: topology } = await startTopology(
      { kafka: 1, redis: "single", instances: 1, env: { ...noLimit, ...env } },
      context,
      stack,
    );
    const token = await signToken(topology.jwtSecret, "bench", ["stt:read", "stt:write"]);
    const url = `http://${topology.node("stt-1").address}`;
    const http = stack.use(new HttpTarget(url, { authorization: `Bearer ${token}` }));
    return new BenchedService(topology, http, context.signal);
  }

  /** @returns the new recording's id. */
  async startRecording(): Promise<string> {
    return answerSchema.parse(JSON.parse(await this.#http.post(recordings))).id;
  }

  async sendChunk(id: string, seq: number, finish = false): Promise<void> {
    await this.#http.post(`${recordings}/${id}/chunks?seq=${seq}&finish=${finish}`, chunk);
  }

  /** Asks for the status, as its users do; the answer is not looked at. */
  async readStatus(id: string): Promise<void> {
    await this.#http.get(`${recordings}/${id}/status`);
  }

  async requestTranscription(id: string): Promise<void> {
    await this.#http.post(`${recordings}/${id}/transcription`);
  }

  /** Waits for a status. @throws EnvironmentError when the recording fails. */
  async reaches(id: string, wanted: "ENCODED" | "COMPLETED"): Promise<void> {
    const ended = async () => {
      const { status } = answerSchema.parse(JSON.parse(await this.#http.get(`${recordings}/${id}/status`)));
      return [wanted, "FAILED"].includes(status) && status;
    };
    const status = await until(ended, `recording ${id} is ${wanted}`)
      .every("20ms")
      .unless(this.#signal)
      .atMost("120s");
    if (status !== wanted) throw new EnvironmentError(`recording ${id} FAILED on its way to ${wanted}`);
  }

  /** Makes so many recordings of one chunk, ready to be converted. */
  async encoded(count: number): Promise<string[]> {
    const ids = await Promise.all(Array.from({ length: count }, () => this.#finished()));
    for (const id of ids) await this.reaches(id, "ENCODED");
    return ids;
  }

  /** Waits until the instance's connection to Redis is made, or lost. */
  async redisIs(connected: boolean): Promise<void> {
    const wanted = new RegExp(`^stt_redis_connected(\\{.*\\})? ${connected ? 1 : 0}$`, "m");
    await until(
      async () => wanted.test(await this.#http.get("/metrics")),
      `the service is ${connected ? "" : "not "}connected to Redis`,
    )
      .unless(this.#signal)
      .atMost("30s");
  }

  async #finished(): Promise<string> {
    const id = await this.startRecording();
    await this.sendChunk(id, 0, true);
    return id;
  }
}
