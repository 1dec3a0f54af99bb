import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { Sockets } from "./sockets.ts";

describe("the sockets of a client that may be ended", () => {
  let server: Server;
  let port: number;
  let accepted = 0;
  beforeEach(async () => {
    accepted = 0;
    server = createServer((socket) => {
      accepted++;
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });
  afterEach(() => {
    server.close();
  });

  it("connect, and are all closed in the end", async () => {
    const sockets = new Sockets();
    const connected = Promise.withResolvers<void>();
    const socket = sockets.factory({ host: "127.0.0.1", port, onConnect: connected.resolve });
    await connected.promise;
    const closed = once(socket, "close");
    sockets.end();
    await closed;
    expect(socket.destroyed).to.equal(true);
  });

  it("do not connect any more after that, and say so", async () => {
    const sockets = new Sockets();
    sockets.end();
    const socket = sockets.factory({
      host: "127.0.0.1",
      port,
      onConnect: () => expect.fail("it has connected"),
    });
    const [error] = await once(socket, "error");
    expect(String(error)).to.contain("closed for good");
    expect(accepted).to.equal(0);
  });
});
