import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { examineCapability } from "../provision/capabilities.ts";
import { provision } from "../provision/provision.ts";
import { systemClock } from "../util/clock.ts";
import { seededRandom } from "../util/random.ts";
import { until } from "../util/until.ts";
import { cleanUp } from "./clean-up.ts";
import { processesOfRun, signal } from "./proc.ts";
import { claimedSlots, removeStaleDrafts, slotOwner } from "./slot.ts";
import { unmountBelow } from "./small-disk.ts";
import { commandLine, guardiansOf, leftoversOf } from "./testing/leftovers.ts";

const runnerFile = fileURLToPath(new URL("./testing/guarded-runner.ts", import.meta.url));

const rounds = 30;
/** Runs at once, each of which must leave the others alone. */
const lanes = 3;
/** A run is up, with its faults, after about a second on a quiet machine: half are killed on the way there, half after. */
const longestMs = { starting: 1_500, up: 500 } as const;

const victims = ["runner", "guardian", "toxiproxy", "guardian and runner"] as const;
type Victim = (typeof victims)[number];

describe("kill -9 at random moments", () => {
  before(async () => {
    await provision(["toxiproxy", "redis"]);
  });

  it(`of runner, guardian, Toxiproxy, or guardian and runner at once, ${rounds} times, leaves nothing behind`, async function () {
    this.timeout(300_000);
    const seed = Date.now() % 1_000_000;
    const random = seededRandom(seed);
    const plans = Array.from({ length: rounds }, (_, round) => ({
      runId: `kills-${process.pid}-${String(round).padStart(2, "0")}`,
      victim: victims[round % victims.length] ?? "runner",
      when: round < rounds / 2 ? ("up" as const) : ("starting" as const),
      moment: random(),
      runnerAfterMs: random() * 300,
    }));
    let healedByHand = 0;
    const there: string[] = [];
    const lane = async () => {
      for (let plan = plans.pop(); plan; plan = plans.pop()) {
        const { found, healed, left } = await killIn(plan);
        there.push(...new Set(found.map((what) => what.replace(/ \S*$/, "").replace(/ of$/, ""))));
        if (healed) healedByHand++;
        expect(left, `seed ${seed}, ${JSON.stringify(plan)}`).to.deep.equal([]);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    const count = (what: string) => there.filter((one) => one === what).length;
    expect(count("process")).to.be.at.least(rounds / 2);
    if ((await examineCapability("tmpfs")).supported) expect(count("mount")).to.be.at.least(rounds / 2);
    if ((await examineCapability("cgroup-cpu")).supported)
      expect(count("control group")).to.be.at.least(rounds / 2);
    const counts = Object.entries(Object.groupBy(there, (what) => what)).map(
      ([what, all]) => `${what} ${all?.length}`,
    );
    console.log(`      seed ${seed}; there at the kill, of ${rounds} runs: ${counts.join(", ")}`);
    console.log(`      cleaned up by hand, for the guardian died with its runner: ${healedByHand}`);
  });
});

/**
 * Starts a run, kills the victim at its moment, and the runner a little later if it was another.
 * @returns what was there at the kill, what is left, and whether the guardian was gone as well, so that it had to be healed by hand.
 */
async function killIn(plan: {
  runId: string;
  victim: Victim;
  when: keyof typeof longestMs;
  moment: number;
  runnerAfterMs: number;
}): Promise<{ found: string[]; healed: boolean; left: string[] }> {
  const { runId } = plan;
  const folder = mkdtempSync(join(tmpdir(), "kills-test-"));
  const runner = spawn(process.execPath, [runnerFile, runId], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, TMPDIR: folder },
  });
  const ended = once(runner, "exit");
  const seen = new Set<number>([runner.pid ?? 0]);
  const look = () => {
    for (const { pid } of processesOfRun({ runId, folders: [folder], known: [] })) seen.add(pid);
  };
  const pidsOf: Record<Victim, () => number[]> = {
    runner: () => [runner.pid ?? 0],
    guardian: () => guardiansOf(runId),
    toxiproxy: () => [...seen].filter((pid) => commandLine(pid)[0]?.includes("toxiproxy")),
    "guardian and runner": () => {
      runner.kill("SIGSTOP"); // else it might start another guardian in between
      return [...guardiansOf(runId), runner.pid ?? 0];
    },
  };
  const kill = (victim: Victim) => {
    look();
    for (const pid of pidsOf[victim]()) signal(pid, "SIGKILL");
  };
  try {
    if (plan.when === "up") await once(createInterface({ input: runner.stdout }), "line");
    await systemClock.sleep(plan.moment * longestMs[plan.when]);
    const found = leftoversOf(runId, folder, seen);
    kill(plan.victim);
    await systemClock.sleep(plan.runnerAfterMs);
    kill("runner");
    await ended;
    const healed = await until(() => outcomeOf(runId), `somebody has cleaned up after ${runId}`).atMost(
      "20s",
    );
    const left = () => leftoversOf(runId, folder, seen);
    // The guardian ends a moment after its work; one that was just started has to start first.
    await until(() => left().length === 0, "nothing is left")
      .atMost("20s")
      .catch(() => {});
    return { found, healed: healed === "by hand", left: left() };
  } finally {
    signal(runner.pid ?? 0, "SIGKILL");
    unmountBelow(folder); // where the test has failed
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for the guardian; where there is none any more, cleans up as `faultline heal` does. */
async function outcomeOf(runId: string): Promise<"by its guardian" | "by hand" | undefined> {
  if (guardiansOf(runId).length > 0) return undefined;
  removeStaleDrafts();
  const slot = claimedSlots().find((claimed) => slotOwner(claimed)?.id === runId);
  if (!slot) return "by its guardian";
  await cleanUp(slot);
  return "by hand";
}
