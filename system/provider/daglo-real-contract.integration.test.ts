import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { expect } from "chai";
import { AddressPlan } from "../../harness/network/addresses.ts";
import { provision } from "../../harness/provision/provision.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { dagloRealNode } from "../../harness/topology/daglo-real.ts";
import { until } from "../../harness/util/until.ts";
import { wavHeader } from "../domain/wav.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { verifyDagloContract } from "./contract-verifier.integration.test.ts";
import { Daglo } from "./daglo.ts";

const speechFile = new URL("../../scenarios/audio/sense-and-sensibility.wav", import.meta.url);

describe("the Daglo that really transcribes", () => {
  const stack = new AsyncDisposableStack();
  let url: string;
  let daglo: Daglo;
  let samples: Buffer;

  before(async () => {
    const { signal } = new AbortController();
    const { speech } = await provision(["speech"]);
    const runtime = stack.use(
      new ProcessRuntime({ runId: `daglo-real-contract-${process.pid}`, command: "contract test", signal }),
    );
    const node = runtime.add(dagloRealNode(new AddressPlan(runtime.slot, ["daglo"]), speech));
    await node.start();
    url = `http://${node.address}`;
    const circuit = { failures: 5, openMs: 1_000 };
    const config = { url, timeoutMs: 10_000, concurrency: 4, retries: 2, circuit };
    daglo = stack.use(new Daglo(config, createMetrics("test")));
    samples = (await readFile(speechFile)).subarray(wavHeader(0).length);
  });
  after(() => stack.disposeAsync());

  /** Submits the spoken sentence, so many times in one recording. */
  const submit = (key: string, times: number) => {
    const wav = [wavHeader(samples.length * times), ...Array.from({ length: times }, () => samples)];
    const bytes = wav.reduce((sum, part) => sum + part.length, 0);
    return daglo.submitTranscription(key, { bytes, stream: Readable.from(wav) });
  };
  const done = async (rid: string, poll: (rid: string) => Promise<{ done: boolean }>) => {
    await until(async () => (await poll(rid)).done, `${rid} is done`).atMost("60s");
    return { rid };
  };

  it("makes one job of a submission and its repetition", async () => {
    const [first, second] = [await submit("twice", 1), await submit("twice", 1)];
    expect(second).to.equal(first);
    const [one, two] = [await daglo.submitSummary("twice", "A."), await daglo.submitSummary("twice", "A.")];
    expect(two).to.equal(one);
  });

  it("keeps to the contract", async () => {
    const verified = await verifyDagloContract(url, {
      "Daglo is well": async () => undefined,
      "a transcription is done": async () =>
        done(await submit("short", 1), (rid) => daglo.transcription(rid)),
      // Two and a half minutes of speech: takes it seconds.
      "a transcription is under way": async () => ({ rid: await submit("long", 20) }),
      "a summary is done": async () =>
        done(await daglo.submitSummary("summary", "One sentence. Another one."), (rid) => daglo.summary(rid)),
    });
    expect(verified).to.have.length(7);
  });
});
