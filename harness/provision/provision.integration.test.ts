import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { until } from "../util/until.ts";
import { cacheAt, cacheRoot } from "./cache.ts";
import { execute } from "./execute.ts";
import { inspectComponent } from "./inspection.ts";
import { Installer } from "./install.ts";
import { unprivilegedIds } from "./platform.ts";
import { provision } from "./provision.ts";
import { downloadsFrom, fakeRecipe, fakeRegistry, pinned, temporaryCache } from "./testing/fake.ts";

const wanted = ["kafka", "redis", "postgres", "wiremock", "toxiproxy", "speech"] as const;

describe("provision", () => {
  before(() => provision(wanted));

  it("gives programs that run", async () => {
    const installed = await provision(wanted);
    const versionOf = async (program: string, ...args: string[]) =>
      (await execute(program, args, { ids: unprivilegedIds() })).stdout;
    expect(await versionOf(installed.redis.server, "--version")).to.include(`v=${installed.redis.version}`);
    expect(await versionOf(installed.toxiproxy.server, "--version")).to.include(installed.toxiproxy.version);
    for (const program of ["postgres", "initdb"]) {
      expect(await versionOf(join(installed.postgres.bin, program), "--version")).to.include(
        installed.postgres.version,
      );
    }
    expect(await versionOf(installed.wiremock.java, "-jar", installed.wiremock.jar, "--version")).to.include(
      installed.wiremock.version,
    );
  });

  it("gives a class archive that Java accepts with the class path it names", async () => {
    const { kafka } = await provision(["kafka"]);
    const archive = kafka.cdsArchive ?? "";
    await access(archive);
    // -Xshare:on makes Java fail, instead of going on without, when the archive does not fit.
    const flags = [...kafka.jvmFlags, "-Xshare:on", `-XX:SharedArchiveFile=${archive}`];
    const { stdout, stderr } = await execute(kafka.java, [
      ...flags,
      "-cp",
      kafka.classpath,
      "kafka.Kafka",
      "--version",
    ]);
    expect(stdout + stderr).to.include(kafka.version);
  });

  it("gives a data folder that belongs to the user PostgreSQL runs as", async () => {
    const { postgres } = await provision(["postgres"]);
    const { uid, mode } = await stat(postgres.dataTemplate);
    expect(uid).to.equal(unprivilegedIds()?.uid ?? process.getuid?.());
    expect(mode & 0o777).to.equal(0o700);
    await access(join(postgres.dataTemplate, "PG_VERSION"));
  });

  it("looks at what is installed in a moment", async () => {
    const start = performance.now();
    await provision(wanted);
    expect(performance.now() - start).to.be.below(500); // About 15 ms on a quiet machine.
  });

  it("is intact, byte for byte", async () => {
    for (const name of wanted) {
      const report = await inspectComponent(cacheAt(cacheRoot()), name);
      expect(report, name).to.have.property("state", "installed");
    }
  });
});

describe("an installation that is killed", () => {
  it("blocks nobody, leaves nothing, and is resumed without fetching again", async () => {
    await using cache = await temporaryCache();
    const module = (name: string) => JSON.stringify(join(import.meta.dirname, name));
    const script = `
      import { Installer } from ${module("install.ts")};
      import { cacheAt } from ${module("cache.ts")};
      import { downloadsFrom, fakeRecipe, fakeRegistry, pinned } from ${module("testing/fake.ts")};
      const cache = cacheAt(${JSON.stringify(cache.root)});
      const installer = new Installer(cache, { downloads: downloadsFrom(cache, fakeRegistry("content")) });
      const file = pinned("content");
      await installer.install(fakeRecipe(file, {
        async fill(folder, { obtain }) {
          await obtain(file);
          console.log("half way");
          setInterval(() => {}, 1000);
          await new Promise(() => {});
        },
      }));`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await readdir(cache.temporary)).to.have.length(1);

    const registry = fakeRegistry("content");
    const installer = new Installer(cache, { downloads: downloadsFrom(cache, registry) });
    await installer.install(fakeRecipe(pinned("content")));
    expect(registry.fetched).to.deep.equal([]);
    expect(await readdir(cache.temporary)).to.deep.equal([]);
    expect(await readdir(cache.locks)).to.deep.equal([]);
  });

  it("takes the command it was running with it", async function () {
    if (process.platform !== "linux") this.skip(); // Other kernels cannot be asked to.
    const module = JSON.stringify(join(import.meta.dirname, "execute.ts"));
    const sleeper = "console.error(process.pid); setInterval(() => {}, 1000)";
    const script = `
      import { diesWithParent } from ${module};
      import { spawn } from "node:child_process";
      const [file, ...args] = diesWithParent([process.execPath, "-e", ${JSON.stringify(sleeper)}]);
      spawn(file, args, { stdio: "inherit", detached: true });`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [text] = (await once(child.stderr, "data")) as [Buffer];
    const pid = Number(text.toString());
    child.kill("SIGKILL");
    await until(() => !isAlive(pid), `process ${pid} is gone`).atMost("5s");
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
