import { readFileSync } from "node:fs";
import { expect } from "chai";
import { request } from "undici";
import { z } from "zod";
import { AddressPlan } from "../network/addresses.ts";
import { type Installed, provision } from "../provision/provision.ts";
import type { Node } from "../runtime/node.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import { until } from "../util/until.ts";
import { bytesOfMs, loadSpeech } from "../workload/speech.ts";
import { countSubmissions } from "../workload/upstream-journal.ts";
import { joined, melody, noise, readSamples, silence, wavOf } from "./daglo-real/testing/audio.ts";
import { wordErrorRate } from "./daglo-real/testing/word-error-rate.ts";
import { SAMPLE_RATE } from "./daglo-real/wav.ts";
import { dagloRealNode } from "./daglo-real.ts";
import { stt } from "./stt.ts";
import { signToken } from "./token.ts";

/** 7 s (scenarios/audio/README.md). */
const sentenceFile = new URL("../../scenarios/audio/sense-and-sensibility.wav", import.meta.url);
const sentence =
  "And Mister John Dashwood had then leisure to consider how much there might be prudently in his power to do for them.";

/** What the recogniser's own sample says, 44 s: Charles Dickens, "A Tale of Two Cities" (1859), chapter 1. */
const passage =
  "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, " +
  "it was the epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season of " +
  "darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing " +
  "before us, we were all going direct to heaven, we were all going direct the other way, in short, the period was " +
  "so far like the present period, that some of its noisiest authorities insisted on its being received, for good " +
  "or for evil, in the superlative degree of comparison only.";

const submitted = z.object({ rid: z.string() });
const polled = z.object({
  status: z.enum(["processing", "transcribed"]),
  progress: z.number(),
  sttResults: z.array(z.object({ transcript: z.string() })).optional(),
  warning: z.string().optional(),
});

/** A client of the upstream; nothing is tried twice. */
class Upstream {
  readonly #url: string;
  constructor(url: string) {
    this.#url = url;
  }

  async post(wav: Buffer, key?: string): Promise<{ status: number; text: string }> {
    const headers = { "content-type": "audio/wav", ...(key === undefined ? {} : { "idempotency-key": key }) };
    const answer = await request(`${this.#url}/stt/v1/async/transcripts`, {
      method: "POST",
      headers,
      body: wav,
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  async submit(wav: Buffer, key?: string): Promise<string> {
    return submitted.parse(JSON.parse((await this.post(wav, key)).text)).rid;
  }

  async poll(rid: string): Promise<z.infer<typeof polled>> {
    const answer = await request(`${this.#url}/stt/v1/async/transcripts/${rid}`);
    return polled.parse(await answer.body.json());
  }

  /** Waits for a job's end. */
  async transcript(rid: string): Promise<{ text: string; warning: string | undefined }> {
    const ended = async () => {
      const job = await this.poll(rid);
      return job.status === "transcribed" ? job : undefined;
    };
    const { sttResults = [], warning } = await until(ended, `${rid} is transcribed`).atMost("120s");
    return { text: sttResults.map(({ transcript }) => transcript).join("\n"), warning };
  }
}

/** Says how well a text fits to what was said, and returns that. */
function judged(what: string, said: string, text: string): number {
  const rate = wordErrorRate(said, text);
  console.log(`      ${what}: word error rate ${rate.toFixed(3)}: ${text}`);
  return rate;
}

describe("daglo-real", () => {
  let stack: AsyncDisposableStack;
  let installed: Installed<"speech">;
  let node: Node;
  let daglo: Upstream;
  let url: string;
  let reading: Int16Array;

  before(async () => {
    stack = new AsyncDisposableStack();
    const { signal } = new AbortController();
    installed = await provision(["speech"]);
    const runtime = new ProcessRuntime({ runId: `daglo-real-${process.pid}`, command: "test", signal });
    stack.use(runtime);
    node = runtime.add(dagloRealNode(new AddressPlan(runtime.slot, ["daglo"]), installed.speech));
    await node.start();
    url = `http://${node.address}`;
    daglo = new Upstream(url);
    reading = readSamples(installed.speech.files.sample, 3);
  });
  after(() => stack.disposeAsync());

  it("writes down a spoken sentence", async () => {
    const { text } = await daglo.transcript(await daglo.submit(readFileSync(sentenceFile)));
    expect(judged("a sentence", sentence, text)).to.be.below(0.15);
  });

  it("writes down a passage with pauses, longer than what the recogniser takes at once", async () => {
    const { text } = await daglo.transcript(await daglo.submit(wavOf(reading)));
    expect(judged("a passage", passage, text)).to.be.below(0.15);
  });

  for (const [what, samples] of [
    ["silence", silence(5)],
    ["noise", noise(5, 1)],
    ["a melody", melody(5)],
    ["less than a window of the detector", silence(1).subarray(0, 100)],
  ] as const) {
    it(`hears no speech in ${what}, and says so`, async () => {
      const { text, warning } = await daglo.transcript(await daglo.submit(wavOf(samples)));
      expect({ text, warning }).to.deep.equal({ text: "", warning: "no speech" });
    });
  }

  it("finds the sentence between silence and noise", async () => {
    const wav = wavOf(joined(silence(3), readSamples(sentenceFile), noise(3, 2)));
    const { text } = await daglo.transcript(await daglo.submit(wav));
    expect(judged("between silence and noise", sentence, text)).to.be.below(0.15);
  });

  it("goes on through talk without a pause", async () => {
    const later = (seconds: number) =>
      joined(reading.subarray(seconds * SAMPLE_RATE), reading.subarray(0, seconds * SAMPLE_RATE));
    const [second, third] = [later(9), later(23)];
    const crowd = reading.map((one, i) => (one + 0.6 * (second[i] ?? 0) + 0.6 * (third[i] ?? 0)) / 2);
    const { text } = await daglo.transcript(await daglo.submit(wavOf(joined(crowd, crowd, crowd))));
    // Three talk at once, for over two minutes: nobody can write that down, but words come all the way.
    expect(text.split(" ").length).to.be.above(150);
  });

  it("refuses a truncated recording", async () => {
    const { status, text } = await daglo.post(readFileSync(sentenceFile).subarray(0, 100_000));
    expect(status).to.equal(422);
    expect(JSON.parse(text)).to.have.property("type", "urn:daglo-real:truncated-audio");
  });

  it("killed in the middle of a job, does it when it runs again, and knows its key and its journal", async () => {
    const key = "killed in mid-job";
    const long = wavOf(joined(reading, reading, reading, reading));
    const rid = await daglo.submit(long, key);
    const midway = async () => {
      const { progress, status } = await daglo.poll(rid);
      return progress > 10 && progress < 90 && status === "processing";
    };
    await until(midway, "it is in the middle").every("5ms").atMost("60s");
    await node.kill();
    await node.start();
    expect(await daglo.submit(long, key)).to.equal(rid);
    const { text } = await daglo.transcript(rid);
    expect(judged("after a kill", `${passage} `.repeat(4), text)).to.be.below(0.15);
    const { signal } = new AbortController();
    expect((await countSubmissions(url, [key], signal)).submissions).to.deep.equal({ [key]: 2 });
  });

  it("asked to stop in the middle of a job, stops, and does it when it runs again", async () => {
    const rid = await daglo.submit(wavOf(joined(reading, reading)));
    await until(async () => (await daglo.poll(rid)).progress > 0, "it was begun")
      .every("5ms")
      .atMost("60s");
    await node.stop();
    expect(readFileSync(node.logFile, "utf8")).to.match(/stopped\n$/);
    await node.start();
    expect((await daglo.transcript(rid)).text).to.match(/^It was the best of times/);
  });

  it("never failed inside, which would have left out what was said", () => {
    expect(readFileSync(node.logFile, "utf8")).not.to.match(/exception|error/i);
  });

  it("needs a fraction of the audio's time, and bounded memory", async () => {
    const minutes = joined(...Array.from({ length: 7 }, () => reading));
    const cpuBefore = node.usage()?.cpuSeconds ?? 0;
    await daglo.transcript(await daglo.submit(wavOf(minutes)));
    const { rssBytes, cpuSeconds } = node.usage() ?? { rssBytes: 0, cpuSeconds: 0 };
    const seconds = minutes.length / SAMPLE_RATE;
    console.log(
      `      ${seconds.toFixed(0)} s of speech: ${((cpuSeconds - cpuBefore) / seconds).toFixed(3)} CPU seconds a second, ` +
        `${(rssBytes / 2 ** 20).toFixed(0)} MiB resident`,
    );
    expect(rssBytes).to.be.below(600 * 2 ** 20);
  });
});

describe("the service with real speech", () => {
  it("turns a spoken sentence into text", async () => {
    const topology = stt({ kafka: 1, redis: "single", instances: 1, upstream: "real" });
    const installed = await provision(topology.components);
    const { signal } = new AbortController();
    await using runtime = new ProcessRuntime({
      runId: `real-speech-${process.pid}`,
      command: "test",
      signal,
    });
    await using running = await topology.start({ runtime, installed, signal, step: (_, work) => work() });
    const [service] = running.services;
    const token = await signToken(running.jwtSecret, "a speaker", ["stt:read", "stt:write"]);
    const call = async (method: "GET" | "POST", path: string, body?: Buffer) => {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/octet-stream" }),
      };
      const answer = await request(`${service?.baseUrl}/api/stt/recordings${path}`, {
        method,
        headers,
        body: body ?? null,
      });
      const text = await answer.body.text();
      expect(answer.statusCode, text).to.be.within(200, 299);
      return z.object({ id: z.string(), status: z.string() }).loose().parse(JSON.parse(text));
    };
    const reaches = (id: string, status: string) =>
      until(async () => (await call("GET", `/${id}/status`)).status === status, `it is ${status}`).atMost(
        "60s",
      );

    const { id } = await call("POST", "");
    const speech = loadSpeech(sentenceFile);
    const second = bytesOfMs(1_000);
    const chunks = speech.chunks(0, Math.floor(speech.bytes / second), second);
    for (const [seq, chunk] of chunks.entries()) {
      await call("POST", `/${id}/chunks?seq=${seq}&finish=${seq === chunks.length - 1}`, chunk);
    }
    await reaches(id, "ENCODED");
    await call("POST", `/${id}/transcription`);
    await reaches(id, "COMPLETED");

    const { text, summary } = await call("GET", `/${id}`);
    expect(judged("through the service", sentence, String(text))).to.be.below(0.15);
    expect(summary).to.equal(text); // one sentence is its own summary
    const { submissions } = await countSubmissions(running.upstreamUrl, [id], signal);
    expect(submissions).to.deep.equal({ [id]: 1 });
  });
});
