import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { Ledger, readLedger } from "./ledger.ts";
import type { NodeSpec } from "./node.ts";
import { identify, isPaused, processesOfRun, processTree } from "./proc.ts";
import { ProcessNode } from "./process-node.ts";

const runId = `process-node-test-${process.pid}`;

describe("process node", () => {
  let folder: string;
  let ledger: Ledger;
  const nodes: ProcessNode[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "node-test-"));
    ledger = new Ledger(join(folder, "ledger"));
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.kill()));
    ledger[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  function add(script: string, changes: Partial<NodeSpec> = {}): ProcessNode {
    const spec: NodeSpec = {
      name: "node",
      kind: "test",
      address: "127.0.0.1:1",
      command: process.execPath,
      args: ["-e", script],
      prepare: async () => {},
      ready: async () => readFileSync(join(folder, "node.log"), "utf8").includes("ready"),
      readyWithin: "8s",
      stopSignal: "SIGTERM",
      ...changes,
    };
    const context = {
      runId,
      dataFolder: folder,
      logFolder: folder,
      keptLog: (name: string) => join(folder, name),
      ledger,
      signal: new AbortController().signal,
    };
    const node = new ProcessNode(spec, context);
    nodes.push(node);
    return node;
  }

  const serve = "console.log('ready'); setInterval(() => {}, 1000)";

  it("starts, is ready, and is found by the run's marker and in the ledger", async () => {
    const node = add(serve);
    await node.start();
    expect(node.state).to.equal("running");
    expect(await node.isReady()).to.equal(true);
    const entries = readLedger(ledger.path).map(({ type }) => type);
    expect(entries).to.deep.equal(["starting", "started"]);
    expect(processesOfRun({ runId, folders: [], known: [] })).to.have.lengthOf(1);
    expect(processesOfRun({ runId: "", folders: [folder], known: [] })).to.have.lengthOf(1);
    expect(node.usage()?.rssBytes).to.be.greaterThan(1e6);
    expect(node.usage()?.openFiles).to.be.greaterThan(2);
  });

  it("is gone when kill returns, and runs again after start", async () => {
    const node = add(serve);
    await node.start();
    await node.kill();
    expect(node.isAlive()).to.equal(false);
    expect(node.unexpectedExit).to.equal(undefined);
    await node.start();
    expect(node.state).to.equal("running");
  });

  it("stops politely, and by force when politeness does not help", async () => {
    const polite = add(`process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0) }); ${serve}`);
    await polite.start();
    await polite.stop();
    expect(polite.state).to.equal("stopped");
    expect(readFileSync(polite.logFile, "utf8")).to.contain("goodbye");
  });

  it("pauses and goes on", async () => {
    const node = add(serve);
    await node.start();
    await node.pause();
    expect(node.state).to.equal("paused");
    expect(await node.isReady()).to.equal(false);
    await node.resume();
    expect(node.state).to.equal("running");
  });

  it("can be killed while it is paused", async () => {
    const node = add(serve);
    await node.start();
    await node.pause();
    await node.kill();
    expect(node.state).to.equal("stopped");
  });

  it("pauses its children with it, and kills them when it is killed meanwhile", async () => {
    const node = add(
      `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); ${serve}`,
    );
    await node.start();
    const [parent = 0, child = 0] = processTree(node.pid ?? 0);
    await node.pause();
    expect([parent, child].map(isPaused)).to.deep.equal([true, true]);
    await node.resume();
    expect([parent, child].map(isPaused)).to.deep.equal([false, false]);
    await node.pause();
    await node.kill();
    await until(() => identify(child) === undefined, "the child has ended").atMost("5s");
  });

  it("names the node and shows its log when it ends instead of becoming ready", async () => {
    const node = add("console.error('no such database'); process.exit(3)");
    const failure = await node.start().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EnvironmentError);
    expect((failure as Error).message).to.match(
      /^node did not become ready: it exited with code 3\n.*no such database/s,
    );
  });

  it("names the program that cannot be started", async () => {
    const failure = await add("", { command: "/no/such/program" })
      .start()
      .catch((error: unknown) => error);
    expect((failure as Error).message).to.match(/^node: could not start \/no\/such\/program: .*ENOENT/);
  });

  it("knows an exit that nobody asked for", async () => {
    const node = add("console.log('ready'); setTimeout(() => process.exit(7), 50)");
    await node.start();
    await until(() => node.unexpectedExit, "the node has exited")
      .every("10ms")
      .atMost("5s");
    expect(node.unexpectedExit).to.equal("exited with code 7");
  });

  it("takes an exit that a fault expects for none that is unexpected, and closes its links", async () => {
    let ended = 0;
    const node = add(
      "console.log('ready'); process.on('SIGUSR2', () => process.exit(7)); setInterval(() => {}, 1000)",
      {
        onEnded: async () => void ended++,
      },
    );
    await node.start();
    node.expectExit("fault-1");
    process.kill(node.pid ?? 0, "SIGUSR2");
    await until(() => node.lastExit, "the node has exited")
      .every("10ms")
      .atMost("5s");
    expect(node.lastExit).to.equal("exited with code 7");
    expect(node.unexpectedExit).to.equal(undefined);
    expect(ended).to.equal(1);
    node.expectNoExit("fault-1");
    await node.start();
    process.kill(node.pid ?? 0, "SIGUSR2");
    await until(() => node.unexpectedExit, "the node has exited")
      .every("10ms")
      .atMost("5s");
  });

  it("is started anew in the moment in which it ended, without taking the old end for the new one's", async () => {
    // Time enough for Node to hear of the old process's end.
    const ready = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 50));
    const node = add(serve, { ready });
    node.expectExit("fault-1");
    await node.start();
    for (let round = 0; round < 5; round++) {
      process.kill(node.pid ?? 0, "SIGKILL");
      while (node.isAlive()); // without letting Node see the exit
      await node.start();
      expect(node.lastExit).to.equal(undefined);
      expect(node.state).to.equal("running");
    }
  });
});
