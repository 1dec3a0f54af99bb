import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

/** The service as a process. Nothing it depends on is there: the ports are ones that nobody listens on. */
class Process {
  readonly #child;
  readonly #ended: Promise<unknown[]>;
  #output = "";
  readonly #lines;

  constructor(env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "close");
    this.#child.stderr.on("data", (data) => {
      this.#output += data;
    });
    this.#lines = createInterface(this.#child.stdout);
    this.#lines.on("line", (line) => {
      this.#output += `${line}\n`;
    });
  }

  /** Resolves when it logs a message. */
  async logs(message: string): Promise<void> {
    const logged = () => this.#output.includes(`"msg":"${message}"`);
    while (!logged()) {
      const ended = await Promise.race([once(this.#lines, "line").then(() => false), this.#ended]);
      if (ended && !logged()) throw new Error(`it ended without "${message}":\n${this.#output}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async ended(): Promise<{ code: unknown; output: string }> {
    const [code] = await this.#ended;
    return { code, output: this.#output };
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

describe("the service's process", function () {
  this.timeout(30_000); // a start takes a second or more
  const folder = mkdtempSync(join(tmpdir(), "stt-main-"));
  after(() => rmSync(folder, { recursive: true }));

  const nowhere = "127.0.0.1:1";
  const env = {
    STT_PORT: "0",
    STT_DATABASE_URL: `postgres://postgres@${nowhere}/postgres`,
    STT_REDIS_URL: `redis://${nowhere}`,
    STT_KAFKA_BROKERS: nowhere,
    STT_DAGLO_URL: `http://${nowhere}`,
    STT_AUDIO_DIR: folder,
    STT_JWT_SECRET: "a-secret-of-at-least-32-characters",
  };

  it("names what is wrong with its environment, and exits 2", async () => {
    using service = new Process({ ...env, STT_PORT: "99999", STT_KAFKA_BROKERS: "" });
    const { code, output } = await service.ended();
    expect(code).to.equal(2);
    expect(output)
      .to.match(/STT_PORT/)
      .and.match(/STT_KAFKA_BROKERS/)
      .and.not.match(/at .*\.ts/);
  });

  it("says that it did not start, and exits 1, when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    using service = new Process({ ...env, STT_PORT: port });
    const { code, output } = await service.ended();
    other.close();
    expect(code).to.equal(1);
    expect(output)
      .to.match(/EADDRINUSE/)
      .and.match(/"msg":"the service did not start"/);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`drains and exits 0 on ${signal}, also while it still waits for what it depends on`, async () => {
      using service = new Process(env);
      await service.logs("the database schema: not ready yet");
      service.signal(signal);
      await service.logs("draining");
      service.signal(signal); // an impatient second one cuts nothing short
      const { code, output } = await service.ended();
      expect(output.match(/"msg":"draining"/g), "it drained once").to.have.length(1);
      expect(output).to.contain('"msg":"drained"');
      expect(code).to.equal(0);
    });
  }
});
