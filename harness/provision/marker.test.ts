import { mkdir, mkdtemp, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { inspectFolder, MARKER, writeMarker } from "./marker.ts";

describe("an installed folder", () => {
  let folder = "";
  let program = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "faultline-marker-"));
    program = join(folder, "bin", "program");
    await mkdir(join(folder, "bin"));
    await writeFile(program, "0123456789");
    await symlink("program", join(folder, "bin", "link"));
    await writeMarker(folder, { version: "1.0", source: "a test" });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const problemOf = async (read?: "all") => {
    const found = await inspectFolder(folder, read);
    return found.state === "corrupt" ? found.problem : found.state;
  };

  it("is installed when nothing was touched", async () => {
    const found = await inspectFolder(folder);
    expect(found).to.deep.include({ state: "installed" });
    if (found.state !== "installed") return;
    expect(found.marker.version).to.equal("1.0");
    expect(found.marker.files.map((file) => file.path)).to.deep.equal(["bin/program"]);
  });

  it("is missing without its marker", async () => {
    await rm(join(folder, MARKER));
    expect(await problemOf()).to.equal("missing");
  });

  it("is corrupt when the marker is cut short", async () => {
    await truncate(join(folder, MARKER), 20);
    expect(await problemOf()).to.include("is not readable");
  });

  it("is corrupt when a file is truncated, naming file and sizes", async () => {
    await truncate(program, 4);
    expect(await problemOf()).to.equal(`${program} has 4 bytes instead of 10`);
  });

  it("is corrupt when a file is missing", async () => {
    await rm(program);
    expect(await problemOf()).to.match(/link is missing or points at nothing|program is missing/);
  });

  it("is corrupt when a link points elsewhere", async () => {
    await rm(join(folder, "bin", "link"));
    await symlink("other", join(folder, "bin", "link"));
    expect(await problemOf()).to.include("points elsewhere");
  });

  it("is corrupt when a file was changed without changing its size", async () => {
    await writeFile(program, "01234X6789");
    await utimes(program, 1_000, 1_000);
    expect(await problemOf()).to.include("was changed since it was installed");
  });

  it("is found corrupt by a full reading even when time and size agree", async () => {
    const { atime, mtime } = await stat(program);
    await writeFile(program, "01234X6789");
    await utimes(program, atime, mtime);
    expect(await problemOf("all")).to.include("was changed since it was installed");
  });

  it("is installed when it was copied, and its files get their times back", async () => {
    const { mtimeMs } = await stat(program);
    await utimes(program, 1_000, 1_000);
    expect(await problemOf()).to.equal("installed");
    expect((await stat(program)).mtimeMs).to.be.closeTo(mtimeMs, 1);
  });
});
