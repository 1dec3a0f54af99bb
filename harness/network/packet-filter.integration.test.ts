import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { until } from "../util/until.ts";
import type { Link } from "./link.ts";
import type { Flow } from "./network.ts";
import { PacketFilter } from "./packet-filter.ts";
import { tryToConnect } from "./ports.ts";
import { findTool } from "./private-network.ts";
import { describeInPrivateNetwork } from "./testing/in-private-network.ts";

const port = 7000;
const linkTo = (address: string, source?: string): Link => ({
  from: "a",
  to: "b",
  proxies: [{ name: "a.b", listen: `${address}:${port}`, upstream: "", enabled: true }],
  ...(source === undefined ? {} : { source }),
});
const one = linkTo("127.77.1.2");
const other = linkTo("127.77.1.3");
const address = ({ proxies: [proxy] }: Link): string => proxy?.listen ?? "";

/** A connection to an echo, which remembers what came back. */
class EchoClient {
  readonly #socket: Socket;
  received = "";

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.received += bytes.toString();
    });
  }

  static async to(link: Link, localAddress = "127.0.0.1"): Promise<EchoClient> {
    const [host = ""] = address(link).split(":");
    const socket = connect({ host, port, localAddress });
    await once(socket, "connect");
    return new EchoClient(socket);
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Retransmissions of TCP come at ever longer intervals, the first after 0.2 s. */
  async hasReceived(text: string): Promise<void> {
    await until(() => this.received === text, `${text} came back`).atMost("20s");
  }

  close(): void {
    this.#socket.destroy();
  }
}

describeInPrivateNetwork("silence by dropping packets", import.meta.url, () => {
  let filter: PacketFilter;
  let server: Server;
  let serverReceived: string;
  const clients: EchoClient[] = [];

  beforeEach(async () => {
    serverReceived = "";
    filter = new PacketFilter();
    server = createServer((socket) => {
      socket.on("data", (bytes: Buffer) => {
        serverReceived += bytes.toString();
        socket.write(bytes);
      });
      socket.on("error", () => {});
    }).listen(port, "0.0.0.0");
    await once(server, "listening");
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await filter[Symbol.asyncDispose]();
    expect(tables(), "tables left").to.equal("");
    server.close();
  });

  const tables = () => execFileSync(findTool("nft"), ["list", "tables"], { encoding: "utf8" });

  async function client(link: Link, localAddress?: string): Promise<EchoClient> {
    const made = await EchoClient.to(link, localAddress);
    clients.push(made);
    return made;
  }

  const silence = (id: string, link: Link, flow: Flow = "both") => filter.silence(id, [link], flow);

  it("lets attempts hang, holds what is under way, and lets it go on after", async () => {
    const established = await client(one);
    await silence("fault-1", one);
    established.send("held");
    expect(await tryToConnect(address(one))).to.equal("ETIMEDOUT");
    expect(established.received).to.equal("");
    await filter.restore("fault-1");
    expect(await tryToConnect(address(one))).to.equal("connected");
    await established.hasReceived("held");
  });

  it("leaves other links alone", async () => {
    const established = await client(other);
    await silence("fault-1", one);
    established.send("flows");
    await established.hasReceived("flows");
    expect(await tryToConnect(address(other))).to.equal("connected");
  });

  it("upstream, nothing reaches the other end; downstream, it arrives and no answer comes back", async () => {
    const established = await client(one);
    await silence("fault-1", one, "downstream");
    established.send("arrives");
    await until(() => serverReceived === "arrives", "the server has it").atMost("5s");
    await filter.restore("fault-1");
    await established.hasReceived("arrives");

    await silence("fault-2", one, "upstream");
    established.send(", held");
    expect(await tryToConnect(address(one))).to.equal("ETIMEDOUT");
    expect(serverReceived).to.equal("arrives");
    await filter.restore("fault-2");
    await established.hasReceived("arrives, held");
  });

  it("stays for as long as any fault wants it", async () => {
    await silence("fault-1", one);
    await silence("fault-2", one);
    await filter.restore("fault-1");
    expect(await tryToConnect(address(one))).to.equal("ETIMEDOUT");
    await filter.restore("fault-2");
    expect(await tryToConnect(address(one))).to.equal("connected");
  });

  it("one fault may silence several times, and restores all of it at once; again is no error", async () => {
    await silence("fault-1", one, "upstream");
    await silence("fault-1", other, "upstream");
    expect(await tryToConnect(address(one))).to.equal("ETIMEDOUT");
    expect(await tryToConnect(address(other))).to.equal("ETIMEDOUT");
    await filter.restore("fault-1");
    await filter.restore("fault-1");
    expect(await tryToConnect(address(one))).to.equal("connected");
  });

  it("of sources that share a link, silences only the one meant", async () => {
    const meant = await client(one, "127.77.0.1");
    const alone = await client(one, "127.77.0.2");
    await silence("fault-1", linkTo("127.77.1.2", "127.77.0.1"));
    meant.send("meant");
    alone.send("alone");
    await alone.hasReceived("alone");
    expect(meant.received).to.equal("");
    await filter.restore("fault-1");
    await meant.hasReceived("meant");
  });
});
