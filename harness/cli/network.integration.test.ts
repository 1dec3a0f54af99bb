import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { findTool } from "../network/private-network.ts";
import { examineCapability } from "../provision/capabilities.ts";
import type { RunRecord } from "../report/record.ts";
import { claimedSlots, slotOwner } from "../runtime/slot.ts";
import { until } from "../util/until.ts";
import { Cli } from "./testing/cli-process.ts";

const scenario = fileURLToPath(new URL("./testing/silent-redis.scenario.ts", import.meta.url));

describe("run --network netns", () => {
  let reports: string;
  let supported: boolean;
  before(async () => {
    const examined = await examineCapability("netns");
    supported = examined.supported;
    if (!examined.supported) console.log(`      unsupported here: ${examined.why}`);
  });
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "network-test-"));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  const run = (wrapper: readonly string[] = []) =>
    new Cli(["run", scenario, "--network", "netns", "--reports", reports, "--json"], {}, wrapper);

  async function assertRefused(cli: Cli): Promise<void> {
    const { code, output } = await cli.end();
    expect(output).to.contain("--network netns does not work on this machine: ");
    expect(output).to.contain("→ without it: --network proxy, the default");
    expect(code).to.equal(3);
    expect(readdirSync(reports)).to.deep.equal([]);
  }

  it("passes with packets dropped, and leaves nothing", async () => {
    if (!supported) return assertRefused(run());
    const tables = machineTables();
    const cli = run();
    await cli.says("reach steady state");
    const namespace = namespaceOf(cli.process.pid);
    expect(namespace).not.to.equal(namespaceOf(process.pid));
    const { code, output } = await cli.end();
    const [record]: RunRecord[] = JSON.parse(
      output.slice(output.indexOf("[\n"), output.lastIndexOf("\n]") + 2),
    );
    expect(code, output).to.equal(0);
    expect(record?.network).to.equal("netns");
    expect(record?.replay).to.match(/ --network netns$/);
    expect(record?.faults[0]?.healProof).to.contain("stt-1 -> redis-1");
    expect(machineTables()).to.equal(tables);
    await until(() => !namespaces().has(namespace), "the namespace is gone").atMost("10s");
  });

  it("interrupted, tears down and exits with 130", async () => {
    if (!supported) return assertRefused(run());
    const cli = run();
    await cli.says("start proxies");
    cli.process.kill("SIGINT");
    const { code, output } = await cli.end();
    expect(output).to.contain("interrupted: healing and tearing down");
    expect(code).to.equal(130);
  });

  it("killed with its rules in place, leaves no process, no namespace and no rule", async () => {
    if (!supported) return assertRefused(run());
    const tables = machineTables();
    const cli = run();
    await cli.says("proven: stt-1 -> redis-1");
    const { pid } = cli.process;
    const namespace = namespaceOf(pid);
    expect(namespaces()).to.include(namespace);
    cli.process.kill("SIGKILL");
    await cli.end();
    await until(
      () => !claimedSlots().some((slot) => slotOwner(slot)?.runner.pid === pid),
      "the slot is free",
    ).atMost("20s");
    await until(() => !namespaces().has(namespace), "the namespace is gone").atMost("10s");
    expect(machineTables()).to.equal(tables);
  });

  it("where it is not permitted, says so with the fix, and exits with 3", async () => {
    if (!supported) return assertRefused(run());
    // In a user namespace that may have no network namespaces.
    const script = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"';
    const forbidding = [findTool("unshare"), "--user", "--map-root-user", "/bin/sh", "-c", script, "sh"];
    await assertRefused(run(forbidding));
  });
});

const namespaceOf = (pid: number | undefined): string => readlinkSync(`/proc/${pid}/ns/net`);

/** The network namespaces of all processes. */
function namespaces(): Set<string> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Set(
    pids.flatMap((pid) => {
      try {
        return [namespaceOf(Number(pid))];
      } catch {
        return []; // it ended, or is not ours to read
      }
    }),
  );
}

/** The machine's own tables of nft; empty where they may not be read. */
function machineTables(): string {
  try {
    return execFileSync(findTool("nft"), ["list", "tables"], { encoding: "utf8", stdio: "pipe" });
  } catch {
    return "";
  }
}
