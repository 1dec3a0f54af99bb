import { connect } from "node:net";
import { expect } from "chai";
import { provision } from "../provision/provision.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import { stt } from "./stt.ts";

/** What a client meets at host:port: `refused`, `closed` by the other side, or `open` for a while. */
function meet(address: string): Promise<"refused" | "closed" | "open"> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const end = (outcome: "refused" | "closed" | "open") => {
      clearTimeout(patience);
      socket.destroy();
      resolve(outcome);
    };
    // A proxy without a server behind closes at once; a server waits for the client's first word.
    const patience = setTimeout(() => end("open"), 500);
    socket.once("error", () => end("refused"));
    socket.once("close", () => end("closed"));
  });
}

describe("links to a node that does not run", () => {
  it("refuse connections, as its own port would; and carry them again when it runs", async () => {
    const topology = stt({ kafka: 1, redis: "single", instances: 1 });
    const installed = await provision(topology.components);
    const { signal } = new AbortController();
    await using runtime = new ProcessRuntime({ runId: `refusing-${process.pid}`, command: "test", signal });
    await using running = await topology.start({ runtime, installed, signal, step: (_, work) => work() });
    const redis = running.endpoints.redis ?? "";

    expect(await meet(redis)).to.equal("open");
    await running.node("redis-1").kill();
    expect(await meet(redis)).to.equal("refused");
    await running.node("redis-1").start();
    expect(await meet(redis)).to.equal("open");
    await running.node("redis-1").stop();
    expect(await meet(redis)).to.equal("refused");
  });
});
