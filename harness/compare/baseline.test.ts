import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { baselinePath, checkedOut, readBaseline, saveBaseline } from "./baseline.ts";
import { machineClass } from "./machine-class.ts";
import { windowOf } from "./testing/windows.ts";

const machine = { processor: "A Processor 3 GHz", cores: 4, memoryBytes: 15.6 * 2 ** 30 };

describe("the class of a machine", () => {
  it("is the same for what a kernel keeps for itself, another for what makes it faster", () => {
    const name = machineClass(machine);
    expect(name).to.match(/^4-cores-16gib-[0-9a-f]{8}$/);
    expect(machineClass({ ...machine, memoryBytes: 16.2 * 2 ** 30 })).to.equal(name);
    for (const other of [{ processor: "B" }, { cores: 8 }, { memoryBytes: 32 * 2 ** 30 }]) {
      expect(machineClass({ ...machine, ...other })).to.not.equal(name);
    }
    expect(machineClass({ ...machine, memoryBytes: 2 ** 28 })).to.contain("-1gib-");
  });
});

describe("a baseline", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "baselines-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const windows = [windowOf("1.json", 0, 100), windowOf("2.json", 1, 103)];
  const made = { machine, at: new Date("2026-03-14T09:15:00Z"), commit: "abc-dirty" };
  const refusal = async (work: Promise<unknown>) => {
    const error = await work.then(() => undefined).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(UsageError);
    return `${error.message} → ${error.hint}`;
  };

  it("comes back as it was kept, with when and of which commit it was made", async () => {
    const path = await saveBaseline(join(folder, "new"), windows, made);
    expect(path).to.equal(baselinePath(join(folder, "new"), machine));
    expect(await readBaseline(join(folder, "new"), machine)).to.deep.equal({
      path,
      baseline: {
        version: 1,
        madeAt: "2026-03-14T09:15:00.000Z",
        commit: "abc-dirty",
        machine,
        windows,
      },
    });
  });

  it("of one window is refused", async () => {
    expect(await refusal(saveBaseline(folder, windows.slice(1), made))).to.contain("baseline of 1 window(s)");
  });

  it("of another machine is no baseline of this one", async () => {
    expect(await refusal(readBaseline(folder, machine))).to.match(
      /no baseline for this machine.*makes one$/s,
    );
    await saveBaseline(folder, windows, made);
    expect(await refusal(readBaseline(folder, { ...machine, cores: 8 }))).to.contain(machineClass(machine));
  });

  it("that is malformed is said", async () => {
    for (const text of ["nonsense", "{}", JSON.stringify({ version: 2 })]) {
      await writeFile(baselinePath(folder, machine), text);
      expect(await refusal(readBaseline(folder, machine))).to.match(/is no baseline: /);
    }
  });

  it("names what is checked out, and whether files differ from it", async () => {
    expect(await checkedOut(folder)).to.equal(null);
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: folder });
    git("init", "-q");
    await writeFile(join(folder, "file"), "1");
    git("add", "file");
    git("commit", "-qm", "first");
    expect(await checkedOut(folder)).to.match(/^[0-9a-f]{40}$/);
    await writeFile(join(folder, "file"), "2");
    expect(await checkedOut(folder)).to.match(/^[0-9a-f]{40}-dirty$/);
  });
});
