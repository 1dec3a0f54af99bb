import { expect } from "chai";
import { AddressPlan } from "../../harness/network/addresses.ts";
import { provision } from "../../harness/provision/provision.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { wordErrorRate } from "../../harness/topology/daglo-real/testing/word-error-rate.ts";
import { dagloRealNode } from "../../harness/topology/daglo-real.ts";
import { until } from "../../harness/util/until.ts";
import { IsolatedServices } from "../pipeline/testing/isolated-service.ts";
import { spokenChunks, spokenSentence } from "../testing/factory.ts";
import { uniqueName, useServers } from "../testing/servers.integration.test.ts";
import { interfaces, World } from "./e2e-world.integration.test.ts";

/** Scenario 1 of SttE2E, with a Daglo that really transcribes: the sentence goes in as sound and comes out as text. */
describe("SttE2E with real speech", () => {
  const servers = useServers();
  let stack: AsyncDisposableStack;
  let at: { baseUrl: string; databaseUrl: string };

  before(async () => {
    stack = new AsyncDisposableStack();
    const { signal } = new AbortController();
    const { speech } = await provision(["speech"]);
    const runtime = new ProcessRuntime({ runId: `speech-tests-${process.pid}`, command: "test", signal });
    stack.use(runtime);
    const daglo = runtime.add(dagloRealNode(new AddressPlan(runtime.slot, ["daglo"]), speech));
    await daglo.start();

    const services = new IsolatedServices(servers, uniqueName("speech"), await servers.newDatabase());
    const instance = await services.start("speech-1", { STT_DAGLO_URL: `http://${daglo.address}` });
    stack.use(instance);
    const user = await services.user(instance);
    const ready = async () => (await user.call("GET", "/health/ready")).status === 200;
    await until(ready, "the instance is ready").atMost("30s");
    const { host, port } = instance.address;
    at = { baseUrl: `http://${host}:${port}`, databaseUrl: services.databaseUrl };
  });
  after(() => stack.disposeAsync());

  for (const by of interfaces) {
    for (const format of ["pcm", "webm"] as const) {
      it(`over ${by.name}, a spoken sentence in ${format} comes out as text`, async () => {
        await using world = new World(servers, by, at);
        const alice = await world.user("alice");
        const { chunks, mediaType } = spokenChunks(format);
        const id = await alice.record(chunks, mediaType);
        await alice.convert(id);
        await alice.hears(id, "COMPLETED");
        const { text, summary } = await alice.view(id);
        const rate = wordErrorRate(spokenSentence, text ?? "");
        console.log(`        word error rate ${rate.toFixed(3)}: ${text}`);
        expect(rate).to.be.below(0.15);
        expect(summary, "one sentence is its own summary").to.equal(text);
      });
    }
  }
});
