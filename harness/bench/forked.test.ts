import { expect } from "chai";
import { request } from "undici";
import { EnvironmentError } from "../util/errors.ts";
import { bareExpress, standInService } from "./environment.ts";
import { Forked } from "./forked.ts";
import { ServerProcess } from "./server-process.ts";

describe("processes that the bench starts", () => {
  const { signal } = new AbortController();

  it("are gone after disposal, and say so to who still asks", async () => {
    const forked = new Forked(standInService, { STT_HOST: "127.0.0.1", STT_PORT: "0" });
    expect(await forked.hear(signal)).to.have.property("port");
    await forked[Symbol.asyncDispose]();
    expect(() => process.kill(forked.pid, 0)).to.throw("ESRCH");
    const failure = await forked.hear(signal).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EnvironmentError);
    expect((failure as Error).message).to.match(/stand-in-service\.ts ended instead of an answer: SIGKILL$/);
  });

  it("are not waited for when the bench is interrupted", async () => {
    await using forked = new Forked(standInService);
    const aborted = AbortSignal.abort(new Error("Ctrl-C"));
    const failure = await forked.hear(aborted).catch((error: unknown) => error);
    expect(failure).to.have.property("name", "AbortError");
  });

  it("serve at the address they tell, with the memory they have", async () => {
    await using server = await ServerProcess.start(bareExpress, signal);
    const response = await request(`http://${server.address}/status`);
    expect(await response.body.json()).to.have.keys("id", "status", "version");
    expect(server.residentBytes()).to.be.above(2 ** 20);
  });
});
