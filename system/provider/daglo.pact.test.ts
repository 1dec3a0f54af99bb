import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { MatchersV3, PactV4, type V3MockServer } from "@pact-foundation/pact";
import { expect } from "chai";
import { z } from "zod";
import { wavHeader } from "../domain/wav.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { Daglo } from "./daglo.ts";
import { ProviderError } from "./speech-provider.ts";

process.env.PACT_DO_NOT_TRACK = "true";

const { eachLike, fromProviderState, like, number, regex, string } = MatchersV3;

const committed = new URL("./contracts/daglo.pact.json", import.meta.url);

const request = z.record(z.string(), z.unknown());
/** The pact without the versions of the tools that wrote it. */
const pactFile = z.object({
  metadata: z.object({ pactSpecification: z.unknown() }),
  consumer: z.unknown(),
  provider: z.unknown(),
  interactions: z.array(z.looseObject({ description: z.string(), request })),
});
type Pact = z.infer<typeof pactFile>;

const key = "01JD0000000000000000000000";
const wav = Buffer.concat([wavHeader(4), Buffer.from([1, 2, 3, 4])]);
const recordingSubmission = "the submission of a recording";
const question = "a question for a";

/** Where a job of the upstream is asked for: its id is what the provider state says it is, or `example`. */
const pathOf = (jobs: string, example: string) => fromProviderState(`${jobs}/\${rid}`, `${jobs}/${example}`);
const transcript = pathOf("/stt/v1/async/transcripts", "rid-1");
const summary = pathOf("/nlp/v1/async/summaries", "sum-1");

/** A pact as Pact wrote it, with the body that Pact cannot be told of. */
function completed(written: Pact): Pact {
  // By itself, Pact expects of a binary body the type that the machine's collection of magic numbers gives it, and
  // those disagree about WAV. So the mock server takes any body (daglo.test.ts checks it), and the contract gets it here.
  const body = { content: wav.toString("base64"), contentType: "audio/wav", encoded: "base64" };
  const interactions = written.interactions.map((interaction) => ({
    ...interaction,
    request: {
      ...interaction.request,
      ...(interaction.description === recordingSubmission ? { body } : {}),
    },
  }));
  interactions.sort((a, b) => a.description.localeCompare(b.description));
  return { ...written, interactions };
}

/**
 * What the service expects of Daglo, by example: each test plays one exchange against Pact's mock server, and all of
 * them together are the contract that is verified against whatever answers as Daglo (verify-contract.integration.test.ts).
 */
describe("the contract with Daglo", () => {
  let folder: string;
  let pact: PactV4;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "daglo-pact-"));
    pact = new PactV4({ dir: folder, consumer: "stt", provider: "daglo", logLevel: "error" });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs the client against the mock server. */
  const asked =
    <T>(ask: (daglo: Daglo) => Promise<T>) =>
    async ({ url }: V3MockServer): Promise<T> => {
      const circuit = { failures: 5, openMs: 1_000 };
      const config = { url, timeoutMs: 5_000, concurrency: 1, retries: 0, circuit };
      await using daglo = new Daglo(config, createMetrics("pact"));
      return await ask(daglo);
    };
  const failing = (ask: (daglo: Daglo) => Promise<unknown>) =>
    asked(async (daglo) => {
      const error = await ask(daglo).catch((reason: unknown) => reason);
      if (!(error instanceof ProviderError)) throw new Error(`expected a ProviderError, got ${error}`);
      return error;
    });

  it("a recording is submitted as a WAV, under its key", async () => {
    const rid = await pact
      .addInteraction()
      .given("Daglo is well")
      .uponReceiving(recordingSubmission)
      .withRequest("POST", "/stt/v1/async/transcripts", (request) =>
        request.headers({ "Idempotency-Key": like(key), "Content-Type": "audio/wav" }),
      )
      .willRespondWith(200, (response) => response.jsonBody({ rid: string("rid-1") }))
      .executeTest(
        asked((daglo) => daglo.submitTranscription(key, { bytes: wav.length, stream: Readable.from([wav]) })),
      );
    expect(rid).to.equal("rid-1");
  });

  it("a transcription under way has progress", async () => {
    const state = await pact
      .addInteraction()
      .given("a transcription is under way")
      .uponReceiving(`${question} transcription under way`)
      .withRequest("GET", transcript)
      .willRespondWith(200, (response) => response.jsonBody({ status: "processing", progress: number(50) }))
      .executeTest(asked((daglo) => daglo.transcription("rid-1")));
    expect(state).to.deep.equal({ done: false, progress: 50 });
  });

  it("a transcription that is done has its text", async () => {
    const state = await pact
      .addInteraction()
      .given("a transcription is done")
      .uponReceiving(`${question} transcription that is done`)
      .withRequest("GET", transcript)
      .willRespondWith(200, (response) =>
        response.jsonBody({ status: "transcribed", sttResults: eachLike({ transcript: string("hello") }) }),
      )
      .executeTest(asked((daglo) => daglo.transcription("rid-1")));
    expect(state).to.deep.equal({ done: true, result: "hello" });
  });

  it("a transcription it does not know is not found", async () => {
    const error = await pact
      .addInteraction()
      .given("Daglo is well")
      .uponReceiving(`${question} transcription that does not exist`)
      .withRequest("GET", "/stt/v1/async/transcripts/no-such-transcription")
      .willRespondWith(404)
      .executeTest(failing((daglo) => daglo.transcription("no-such-transcription")));
    expect(error).to.include({ transient: false, reason: "refused" });
  });

  it("too many requests are told when to come back", async () => {
    const error = await pact
      .addInteraction()
      .given("there were too many requests")
      .uponReceiving(`${question} transcription after too many requests`)
      .withRequest("GET", "/stt/v1/async/transcripts/rid-1")
      .willRespondWith(429, (response) => response.headers({ "Retry-After": regex("^\\d+$", "3") }))
      .executeTest(failing((daglo) => daglo.transcription("rid-1")));
    expect(error).to.include({ transient: true, reason: "throttled", retryAfterMs: 3_000 });
  });

  it("a text is submitted for its summary, under its key", async () => {
    const rid = await pact
      .addInteraction()
      .given("Daglo is well")
      .uponReceiving("the submission of a text")
      .withRequest("POST", "/nlp/v1/async/summaries", (request) =>
        request.headers({ "Idempotency-Key": like(key) }).jsonBody({ text: string("hello") }),
      )
      .willRespondWith(200, (response) => response.jsonBody({ summaryRid: string("sum-1") }))
      .executeTest(asked((daglo) => daglo.submitSummary(key, "hello")));
    expect(rid).to.equal("sum-1");
  });

  it("a summary under way has progress", async () => {
    const state = await pact
      .addInteraction()
      .given("a summary is under way")
      .uponReceiving(`${question} summary under way`)
      .withRequest("GET", summary)
      .willRespondWith(200, (response) => response.jsonBody({ status: "processing", progress: number(50) }))
      .executeTest(asked((daglo) => daglo.summary("sum-1")));
    expect(state).to.deep.equal({ done: false, progress: 50 });
  });

  it("a summary that is done has its text", async () => {
    const state = await pact
      .addInteraction()
      .given("a summary is done")
      .uponReceiving(`${question} summary that is done`)
      .withRequest("GET", summary)
      .willRespondWith(200, (response) =>
        response.jsonBody({ status: "summarized", summary: string("short") }),
      )
      .executeTest(asked((daglo) => daglo.summary("sum-1")));
    expect(state).to.deep.equal({ done: true, result: "short" });
  });

  it("a summary it does not know is not found", async () => {
    const error = await pact
      .addInteraction()
      .given("Daglo is well")
      .uponReceiving(`${question} summary that does not exist`)
      .withRequest("GET", "/nlp/v1/async/summaries/no-such-summary")
      .willRespondWith(404)
      .executeTest(failing((daglo) => daglo.summary("no-such-summary")));
    expect(error).to.include({ transient: false, reason: "refused" });
  });

  it("is the committed one", async () => {
    const json = await readFile(join(folder, "stt-daglo.json"), "utf8");
    const written = completed(pactFile.parse(JSON.parse(json)));
    if (process.env.UPDATE_PACT) await writeFile(committed, `${JSON.stringify(written, null, 2)}\n`);
    const before = pactFile.parse(JSON.parse(await readFile(committed, "utf8")));
    expect(
      written,
      "the client asks for something else than system/provider/contracts/daglo.pact.json says: if that is meant, run " +
        "this file's tests with UPDATE_PACT=1, then `npm run format`, and commit the contract with the change",
    ).to.deep.equal(before);
  });
});
