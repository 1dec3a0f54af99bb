import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { z } from "zod";
import { assertFree } from "../network/ports.ts";
import { provision } from "../provision/provision.ts";
import { until } from "../util/until.ts";
import { cleanUp } from "./clean-up.ts";
import { identify, processesOfRun } from "./proc.ts";
import { claimedSlots, slotOwner } from "./slot.ts";
import { guardiansOf } from "./testing/leftovers.ts";

const runnerFile = fileURLToPath(new URL("./testing/guarded-runner.ts", import.meta.url));

const reportSchema = z.object({
  slot: z.int(),
  dataFolder: z.string(),
  guardianPid: z.int(),
  addresses: z.array(z.string()),
});

describe("guardian", () => {
  before(async () => {
    await provision(["toxiproxy", "redis"]);
  });

  let count = 0;
  const runners: ChildProcess[] = [];
  afterEach(() => {
    for (const runner of runners.splice(0)) runner.kill("SIGKILL");
  });
  async function startRunner(): Promise<
    { runId: string; runner: ChildProcess } & z.infer<typeof reportSchema>
  > {
    const runId = `guardian-test-${process.pid}-${++count}`;
    const runner = spawn(process.execPath, [runnerFile, runId], { stdio: ["ignore", "pipe", "inherit"] });
    runners.push(runner);
    const [line] = await once(createInterface({ input: runner.stdout }), "line");
    return { runId, runner, ...reportSchema.parse(JSON.parse(line)) };
  }

  const processesOf = ({ runId, dataFolder }: { runId: string; dataFolder: string }) =>
    processesOfRun({ runId, folders: [dataFolder], known: [] });

  const isClaimed = (runId: string) => claimedSlots().some((slot) => slotOwner(slot)?.id === runId);

  async function expectNothingLeft(run: Awaited<ReturnType<typeof startRunner>>): Promise<void> {
    expect(processesOf(run)).to.deep.equal([]);
    expect(existsSync(run.dataFolder)).to.equal(false);
    await assertFree(run.addresses);
  }

  it("cleans up within 10 s after kill -9 of the runner in mid-fault: no process, no port, no toxic, no folder", async () => {
    const run = await startRunner();
    expect(processesOf(run)).to.have.lengthOf(3);
    run.runner.kill("SIGKILL");
    await until(() => !isClaimed(run.runId), "the guardian has cleaned up").atMost("10s");
    await expectNothingLeft(run);
    await until(() => !identify(run.guardianPid), "the guardian is gone").atMost("2s");
  });

  it("is replaced when it is killed, and its successor cleans up", async () => {
    const run = await startRunner();
    process.kill(run.guardianPid, "SIGKILL");
    await until(() => !identify(run.guardianPid), "the first guardian is gone").atMost("2s");
    await until(() => guardiansOf(run.runId).length === 1, "the second guardian watches").atMost("5s");
    run.runner.kill("SIGKILL");
    await until(() => !isClaimed(run.runId), "the second guardian has cleaned up").atMost("10s");
    await expectNothingLeft(run);
  });

  it("leaves the clean-up to `faultline heal` when both were killed at once", async () => {
    const run = await startRunner();
    run.runner.kill("SIGSTOP");
    process.kill(run.guardianPid, "SIGKILL");
    run.runner.kill("SIGKILL");
    await once(run.runner, "exit");
    await until(() => !identify(run.guardianPid), "the guardian is gone").atMost("2s");
    const slot = claimedSlots().find((claimed) => slotOwner(claimed)?.id === run.runId);
    if (!slot) throw new Error("the slot was given back by nobody");
    const result = await cleanUp(slot);
    expect(result).to.deep.include({ runId: run.runId, killedProcesses: 3, openFaults: ["fault-1"] });
    await expectNothingLeft(run);
    expect(await cleanUp(slot)).to.equal(undefined);
  });
});
