import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { processesOfRun } from "../runtime/proc.ts";
import { claimedSlots, slotOwner } from "../runtime/slot.ts";
import { until } from "../util/until.ts";
import { Cli } from "./testing/cli-process.ts";

describe("command line", () => {
  let folder: string;
  const started: Cli[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cli-test-"));
  });
  afterEach(() => {
    for (const { process } of started.splice(0)) process.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  function faultline(args: readonly string[], env: Readonly<Record<string, string>> = {}): Cli {
    const cli = new Cli(args, env);
    started.push(cli);
    return cli;
  }

  const smallTopology = ["up", "--kafka", "1", "--redis", "single", "--instances", "1"];

  function ownSlots(cli: Cli) {
    return claimedSlots().filter((slot) => slotOwner(slot)?.runner.pid === cli.process.pid);
  }

  describe("with bad input says what is wrong, and exits with 2", () => {
    const cases: [string, string[], string][] = [
      ["an unknown command", ["explode"], "unknown command 'explode'"],
      ["an unknown option", ["run", "--sede", "1"], "unknown option '--sede'"],
      ["a seed that is none", ["run", "--seed", "x"], "a whole number from 0 is needed"],
      ["an unknown scenario", ["run", "no-such-scenario"], 'no scenario matches "no-such-scenario"'],
      ["an unknown topology", ["up", "postgres"], 'there is no topology "postgres"'],
      ["a run that does not exist", ["report", "no-such-run"], "no-such-run"],
      ["a replay of what does not exist", ["replay", "no-such-run"], "there is no run no-such-run"],
      ["a hunt on many scenarios", ["hunt", "scenarios/ha"], "a hunt needs one"],
      ["a budget that is none", ["hunt", "--budget", "soon"], 'not a duration: "soon"'],
      ["a share that is none", ["shrink", "no-such-run", "--share", "2"], "above 0, at most 1"],
    ];
    for (const [what, args, message] of cases) {
      it(what, async () => {
        const { code, output } = await faultline(args).end();
        expect(output).to.contain(message);
        expect(output).not.to.contain("    at "); // no stack trace
        expect(code).to.equal(2);
      });
    }

    it("a scenario file that is broken", async () => {
      const file = join(folder, "broken.scenario.ts");
      writeFileSync(file, "export default scenario({");
      const { code, output } = await faultline(["run", file]).end();
      expect(output).to.match(/error: .*broken\.scenario\.ts does not load/);
      expect(code).to.equal(2);
    });
  });

  it("names the busy port and exits with 3, leaving nothing", async () => {
    // Only the last slot is free, and its port is taken. Other runs on this machine have other slots.
    const slots = join(folder, "slots");
    for (let number = 20; number < 119; number++)
      mkdirSync(join(slots, String(number), "taken"), { recursive: true });
    // By an IPv6 socket on the IPv4 address: a slot is left out when anything listens on it by IPv4.
    const hosts = Array.from({ length: 20 }, (_, index) => `::ffff:127.119.0.${index + 1}`);
    const servers = hosts.map((host) => createServer().listen(18474, host));
    await Promise.all(servers.map((server) => once(server, "listening")));
    const { code, output } = await faultline(smallTopology, { FAULTLINE_STATE: folder }).end();
    for (const server of servers) server.close();
    expect(output).to.match(/error: cannot listen on 127\.119\.0\.\d+:18474: EADDRINUSE/);
    expect(output).to.contain("ss -ltnp");
    expect(code).to.equal(3);
    expect(existsSync(join(slots, "119"))).to.equal(false);
  });

  it("without a JDK says how to get one, and exits with 3", async () => {
    const { code, output } = await faultline(smallTopology, { PATH: folder, JAVA_HOME: "" }).end();
    expect(output).to.contain("Java 17 or later is needed").and.to.contain("→");
    expect(output).not.to.contain("    at ");
    expect(code).to.equal(3);
  });

  it("up prints addresses; status shows it; down ends it", async () => {
    const cli = faultline(smallTopology);
    await cli.says("faultline down, ends it");
    const status = await faultline(["status"]).end();
    expect(status.output).to.contain(`up-${cli.process.pid}`).and.to.contain("kafka-1");
    const down = await faultline(["down"]).end();
    expect(down).to.deep.include({ code: 0 });
    const { code, output } = await cli.end();
    expect(output).to.match(/kafka +127\./);
    expect(code).to.equal(0);
    expect(processesOfRun({ runId: `up-${cli.process.pid}`, folders: [], known: [] })).to.deep.equal([]);
  });

  it("interrupted while starting, tears down and exits with 130", async () => {
    const cli = faultline(smallTopology);
    await cli.says("start redis, kafka");
    cli.process.kill("SIGINT");
    const { code, output } = await cli.end();
    expect(output).to.contain("interrupted: healing and tearing down");
    expect(code).to.equal(130);
    expect(ownSlots(cli)).to.deep.equal([]);
  });

  it("interrupted twice, ends at once; the guardian leaves nothing", async () => {
    const cli = faultline(smallTopology);
    await cli.says("start redis, kafka");
    cli.process.kill("SIGINT");
    await cli.says("again to force");
    cli.process.kill("SIGINT");
    const { code } = await cli.end();
    expect(code).to.equal(130);
    await until(() => ownSlots(cli).length === 0, "the guardian has cleaned up").atMost("10s");
    expect(processesOfRun({ runId: `up-${cli.process.pid}`, folders: [], known: [] })).to.deep.equal([]);
  });
});
