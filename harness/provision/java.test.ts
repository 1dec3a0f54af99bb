import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { findJava } from "./java.ts";

describe("findJava", () => {
  let home = "";
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "faultline-java-"));
  });
  afterEach(() => rm(home, { recursive: true }));

  async function fakeJdk(version: string): Promise<void> {
    await mkdir(join(home, "bin"));
    await mkdir(join(home, "lib", "server"), { recursive: true });
    await writeFile(join(home, "bin", "java"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    await writeFile(join(home, "lib", "server", "libjvm.so"), "");
    await writeFile(join(home, "release"), `IMPLEMENTOR="Nobody"\nJAVA_VERSION="${version}"\n`);
  }

  const failure = async (env: NodeJS.ProcessEnv) => {
    const error = await findJava(17, env).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(error).to.have.property("hint").that.includes("apt-get install openjdk");
    return (error as EnvironmentError).message;
  };

  it("reads the version without running it", async () => {
    await fakeJdk("21.0.4");
    const java = await findJava(17, { JAVA_HOME: home });
    expect(java).to.deep.include({ binary: join(home, "bin", "java"), version: "21.0.4" });
  });

  it("says that there is none", async () => {
    expect(await failure({ PATH: home })).to.include("there is no java on PATH");
  });

  it("says that JAVA_HOME is wrong", async () => {
    expect(await failure({ JAVA_HOME: home, PATH: "/usr/bin" })).to.include(`JAVA_HOME is ${home}`);
  });

  it("says that it is too old", async () => {
    await fakeJdk("1.8.0_402");
    expect(await failure({ JAVA_HOME: home })).to.include("is version 1.8.0_402");
  });

  it("says that it does not work", async () => {
    await fakeJdk("21");
    await rm(join(home, "release"));
    expect(await failure({ JAVA_HOME: home })).to.include("does not work as a Java runtime");
  });
});
