import { strict as assert } from "node:assert";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { flowsHold } from "../../harness/checkers/flows-hold.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { flows } from "../../harness/workload/flows/flows.ts";
import { StompSpeaker } from "../../harness/workload/flows/stomp-speaker.ts";
import type { World } from "../../harness/workload/flows/world.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

const audio = { "content-type": "application/octet-stream" };

async function abuse(world: World): Promise<void> {
  const mallory = await world.user("mallory");
  const token = await world.token("mallory");
  const id = await mallory.start();
  const chunks = `/api/stt/recordings/${id}/chunks`;
  const tries: [string, number, string, { body?: string; headers?: Record<string, string> }][] = [
    ["a chunk of 5 MiB", 413, `${chunks}?seq=0&finish=false`, { body: "x".repeat(5 << 20), headers: audio }],
    ["half a sample", 400, `${chunks}?seq=0&finish=false`, { body: "odd", headers: audio }],
    ["a number that is none", 400, `${chunks}?seq=-1&finish=false`, { body: "ab", headers: audio }],
    [
      "HTML for sound",
      415,
      `${chunks}?seq=0&finish=false`,
      { body: "<p>", headers: { "content-type": "text/html" } },
    ],
    [
      "a path out of the store",
      404,
      "/api/stt/recordings/..%2F..%2Fetc%2Fpasswd/chunks?seq=0&finish=false",
      { body: "ab", headers: audio },
    ],
    ["20 KiB of headers", 431, "/api/stt/recordings", { headers: { "x-padding": "x".repeat(20_000) } }],
  ];
  for (const [what, status, path, more] of tries) {
    await world.step(`${what} is refused with ${status}`, async () => {
      expectStatus(await world.call("POST", path, { token, ...more }), status);
    });
  }
  await world.step("what is no HTTP is answered 400, and the connection closed", async () => {
    const { hostname, port } = new URL(world.services[0]?.baseUrl ?? "");
    const socket = connect(Number(port), hostname);
    socket.write("\u0000\u0001 hello?\r\n\r\n");
    assert.match(await text(socket), /^HTTP\/1\.1 400 /);
  });
  await world.step("a subject has no more than twenty live connections", async () => {
    await using held = new AsyncDisposableStack();
    const one = async () => held.use(await StompSpeaker.connect(world.services[0]?.baseUrl ?? "", token));
    const refused = await Promise.allSettled(Array.from({ length: 30 }, one));
    assert.equal(refused.filter(({ status }) => status === "fulfilled").length, 20);
  });
  await mallory.send(id, 0, Buffer.alloc(2)); // and whoever behaves again is served again
}

export default scenario({
  title: "whatever one user throws at the service, it is refused by name, and the others notice nothing",
  topology: quickStt(),
  workload: mixed([transcriptions({ rate: 3 }), flows([{ name: "abuse", run: abuse }], { over: ["REST"] })]),
  steadyState: well,
  steadyFor: "6s",
  faults: [],
  checks: [flowsHold(), ...lossless],
  thresholds: { steady: calm },
});
