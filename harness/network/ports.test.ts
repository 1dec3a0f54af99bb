import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { assertFree } from "./ports.ts";

describe("free addresses", () => {
  it("names the busy one and how to find who holds it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const failure = await assertFree([`127.99.0.1:${port}`, `127.0.0.1:${port}`]).catch(
      (error: unknown) => error,
    );
    server.close();
    expect(failure).to.be.instanceOf(EnvironmentError);
    expect((failure as EnvironmentError).message).to.equal(`cannot listen on 127.0.0.1:${port}: EADDRINUSE`);
    expect((failure as EnvironmentError).hint).to.contain(`ss -ltnp 'sport = :${port}'`);
  });
});
