import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { HeapEvidence, heapReasons } from "./heap-evidence.ts";

/** Holds a hundred more objects of a class with each snapshot. */
const program = `
  const fs = require("node:fs"), v8 = require("node:v8");
  class Leaked { at = Math.random(); }
  const kept = [];
  let n = 0;
  process.on("SIGUSR2", () => {
    for (let more = 0; more < 100; more++) kept.push(new Leaked());
    const path = process.argv[1] + "/stt-1-" + process.pid + "-" + ++n + ".heapsnapshot";
    fs.renameSync(v8.writeHeapSnapshot(path + ".part"), path);
  });
  setInterval(() => {}, 1000);
  console.log("ready");
`;

describe("the heaps of a run's instances", () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "heap-evidence-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  const start = async (): Promise<number> => {
    const child = spawn(process.execPath, ["-e", program, folder], { stdio: ["ignore", "pipe", "ignore"] });
    children.push(child);
    if (child.stdout === null || child.pid === undefined) throw new Error("it has no output");
    await once(child.stdout, "data");
    return child.pid;
  };

  it("show of what there is more in the end, and leave no snapshot behind", async function () {
    this.timeout(60_000);
    const pid = await start();
    const heaps = new HeapEvidence([{ name: "stt-1", pid }], folder, AbortSignal.timeout(50_000));
    await heaps.take();
    await heaps.take();
    const finding = heaps.findings().get("stt-1");
    if (finding === undefined || "unknown" in finding) throw new Error("nothing was found");
    expect(finding.grown.find(({ name }) => name === "Leaked")).to.include({ count: 100 });
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("of a node that was restarted, or did not run, are not compared", async function () {
    this.timeout(60_000);
    const node: { name: string; pid: number | undefined } = { name: "stt-1", pid: await start() };
    const stopped = { name: "stt-2", pid: undefined };
    const heaps = new HeapEvidence([node, stopped], folder, AbortSignal.timeout(50_000));
    await heaps.take();
    node.pid = await start();
    await heaps.take();
    expect(heapReasons(heaps.findings())).to.deep.equal([
      "heap of stt-1: it was restarted in between",
      "heap of stt-2: it did not run when heaps were taken",
    ]);
  });

  it("that cannot be had are said to be unknown: the run goes on, and no late snapshot is taken for another", async function () {
    this.timeout(60_000);
    const [pid, gone] = [await start(), await start()];
    process.kill(pid, "SIGSTOP");
    const [ended] = children.splice(1);
    ended?.kill("SIGKILL");
    if (ended !== undefined) await once(ended, "exit");
    const nodes = [
      { name: "stt-1", pid },
      { name: "stt-2", pid: gone },
    ];
    const heaps = new HeapEvidence(nodes, folder, AbortSignal.timeout(50_000), "200ms");
    await heaps.take();
    process.kill(pid, "SIGCONT");
    await heaps.take();
    const [paused, dead] = heapReasons(heaps.findings());
    expect(paused).to.match(/^heap of stt-1: waited .* in vain until stt-1 has written a heap snapshot/);
    expect(dead).to.equal("heap of stt-2: stt-2 ended when its heap was to be taken");
    const interrupted = new HeapEvidence(nodes, folder, AbortSignal.abort(new Error("Ctrl-C")));
    const failure = await interrupted.take().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property("message").that.equals("Ctrl-C");
  });

  it("are told by their first constructors", () => {
    const grown = ["Timeout", "Socket", "(string)"].map((name, n) => {
      return { name, count: 90 - n, bytes: 9_000 - n, countAfter: 100 };
    });
    expect(heapReasons(new Map([["stt-1", { grown }]]), 2)).to.deep.equal([
      "heap of stt-1, more than at first: 90 Timeout (9 KiB), 89 Socket (9 KiB)",
    ]);
    const table = { name: "(array)", count: 0, bytes: 2_048, countAfter: 7 };
    expect(heapReasons(new Map([["stt-1", { grown: [table] }]]))[0]).to.match(
      /: larger \(array\) \(2 KiB\)$/,
    );
    expect(heapReasons(new Map([["stt-1", { grown: [] }]]))[0]).to.match(/nothing$/);
  });
});
