import { strict as assert } from "node:assert";
import { flowsHold } from "../../harness/checkers/flows-hold.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { until } from "../../harness/util/until.ts";
import { flows } from "../../harness/workload/flows/flows.ts";
import type { World } from "../../harness/workload/flows/world.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { lossless, quickStt, well } from "../common.ts";

/** Half a recording is with the first instance when that is killed. */
async function acrossTheKill(world: World): Promise<void> {
  const alice = await world.user("alice");
  const device = await world.user("alice", { instance: 1 });
  const [first, last] = world.speech(2);
  assert.ok(first && last);
  const half = await alice.start();
  await alice.send(half, 0, first);
  const answers = async () => (await world.call("GET", "/health/live")).status === 200;
  await world.step("the first instance is killed", async () => {
    const away = async () => {
      await device.by.heartbeat(half);
      return !(await answers().catch(() => false));
    };
    await until(away, "it is away").every("500ms").atMost("2m");
  });
  device.watch(half);
  await device.send(half, 1, last, { finish: true });
  await device.convert(half);
  await device.hears(half, "COMPLETED");
  assert.ok(Buffer.concat([first, last]).equals(await world.samplesOf(half)), "both halves, in order");
  assert.deepEqual(await world.submissions(half), { transcriptions: 1, summaries: 1 });
}

export default scenario({
  title: "a recording whose instance is killed half way goes on at another, whole",
  about:
    "Chunks that were acknowledged are in PostgreSQL and the audio store, not in the instance. Work in flight goes to the successor; a submission whose answer was lost with the instance may be repeated under its idempotency key.",
  topology: quickStt(),
  workload: mixed([
    transcriptions({ rate: 3 }),
    flows([{ name: "a recording across the kill", run: acrossTheKill }], { over: ["STOMP"], within: "3m" }),
  ]),
  steadyState: well,
  faults: [at("4s", kill(node("stt-1"))).for("6s")],
  checks: [flowsHold(), ...lossless],
  thresholds: { recovery: { rto: "<30s" } },
});
