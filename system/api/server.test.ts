import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { ApiServer } from "../testing/api-server.ts";

describe("the HTTP server", () => {
  const server = new ApiServer();
  before(() => server.start());
  after(() => server[Symbol.asyncDispose]());

  /** Sends bytes over a new connection; resolves with all that comes back until the server closes it. */
  async function raw(request: string): Promise<{ status: number; body: string }> {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(request);
    const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
    return { status: Number(head.split(" ")[1]), body };
  }

  it("refuses what is not HTTP, as a problem", async () => {
    const { status, body } = await raw("what is this?\r\n\r\n");
    expect(status).to.equal(400);
    expect(JSON.parse(body)).to.include({ type: "/problems/invalid-request", status: 400 });
  });

  it("refuses headers beyond 16 KiB, as a problem", async () => {
    const { status, body } = await raw(
      `GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(17_000)}\r\n\r\n`,
    );
    expect(status).to.equal(431);
    expect(JSON.parse(body)).to.include({ type: "/problems/headers-too-large", status: 431 });
  });
});
