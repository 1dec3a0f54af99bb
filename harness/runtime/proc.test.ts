import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect } from "chai";
import { countEstablished, establishedConnections, usageOf } from "./proc.ts";

describe("what the kernel says of connections", () => {
  it("counts the established ones of each local address, of IPv4 and mapped into IPv6", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue",
      "   0: 0200007F:2328 00000000:0000 0A 00000000:00000000", // listens
      "   1: 0200007F:2328 0100007F:D431 01 00000000:00000000",
      "   2: 0100007F:D431 0200007F:2328 01 00000000:00000000",
      "   3: 0200007F:2328 0100007F:D433 06 00000000:00000000", // waits in TIME_WAIT
      "   4: 0000000000000000FFFF00000200007F:2329 0000000000000000FFFF00000100007F:D435 01 00000000:00000000",
      "",
    ].join("\n");
    expect([...countEstablished(table)]).to.deep.equal([
      ["127.0.0.2", 2],
      ["127.0.0.1", 1],
    ]);
  });

  it("sees a connection made, and a socket and thread of this process", async () => {
    const server = createServer().listen(0, "127.9.9.9");
    await once(server, "listening");
    const port = (server.address() as { port: number }).port;
    const before = usageOf(process.pid);
    expect(establishedConnections().get("127.9.9.9") ?? 0).to.equal(0);
    const accepted = once(server, "connection");
    const client = connect(port, "127.9.9.9");
    const [served] = await accepted;
    expect(establishedConnections().get("127.9.9.9")).to.equal(1);
    const after = usageOf(process.pid);
    if (before === undefined || after === undefined) throw new Error("no usage of this process");
    expect(after.sockets - before.sockets).to.equal(2);
    expect(after.openFiles).to.be.greaterThan(after.sockets);
    expect(after.threads).to.be.greaterThan(1);
    expect(after.startedAt).to.equal(before.startedAt);
    client.destroy();
    served.destroy();
    server.close();
  });
});
