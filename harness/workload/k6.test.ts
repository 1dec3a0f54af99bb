import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { systemClock } from "../util/clock.ts";
import { until } from "../util/until.ts";
import { k6 } from "./k6.ts";
import { type FakeContext, fakeContext } from "./testing/fake-context.ts";
import type { WorkloadContext } from "./workload.ts";

/** With a shell script in k6's place; k6 itself is in k6/workload.integration.test.ts. */
describe("k6 as a workload", () => {
  let fake: FakeContext;
  beforeEach(() => {
    fake = fakeContext(systemClock);
  });
  afterEach(() => fake[Symbol.dispose]());

  function contextWith(body: string): WorkloadContext {
    const binary = join(fake.context.folder, "k6");
    writeFileSync(binary, `#!/bin/sh\necho $$ > pid\n${body}\n`);
    chmodSync(binary, 0o755);
    return { ...fake.context, installed: { k6: { version: "2.2.0", binary } } };
  }
  const pidFile = () => join(fake.context.folder, "pid");

  it("leaves nothing when it is disposed of, also by a k6 that does not listen to SIGINT", async () => {
    const running = k6({ script: "stt-load", profile: "smoke" }).start(
      contextWith("trap '' INT; exec sleep 600"),
    );
    fake.history.phase = "steady";
    await until(() => existsSync(pidFile()) && readFileSync(pidFile(), "utf8") !== "", "it runs").atMost(
      "5s",
    );
    running.stop();
    await running[Symbol.asyncDispose]();
    expect(() => process.kill(Number(readFileSync(pidFile(), "utf8")), 0)).to.throw(/ESRCH/);
    expect(fake.errors, "that is no error").to.deep.equal([]);
  });

  it("is broken where the load ends before the faults and the recovery do, and not where the run ends", async () => {
    const options = { script: "stt-load", profile: "smoke", ownThresholds: false };
    await using running = k6(options).start(contextWith("exit 0"));
    fake.history.phase = "steady";
    await running.finished?.();
    fake.history.phase = "drain";
    await running.drained();
    expect(fake.errors).to.deep.equal([]);

    await using short = k6(options).start(contextWith("exit 0"));
    fake.history.phase = "steady";
    await short.finished?.();
    fake.history.phase = "fault";
    await until(() => fake.errors.length > 0, "it is broken").atMost("5s");
    expect(String(fake.errors[0])).to.include("before the faults and the recovery were over");
  });

  it("is broken when k6 ends with what is no end of a load, and says what it said", async () => {
    const options = { script: "stt-load", profile: "smoke" };
    await using running = k6(options).start(contextWith("echo 'the script is wrong' >&2; exit 107"));
    fake.history.phase = "steady";
    const error = await running.finished?.().catch((thrown: unknown) => thrown);
    expect(String(error)).to.match(/k6 stt-load ended with 107 at .*: the script is wrong/);
    expect(fake.errors).to.deep.equal([error]);
  });
});
