import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { Conversation, exchange, type NoAnswerError, type Peer } from "./exchange.ts";
import { protocolOf } from "./protocols.ts";

const protocol = protocolOf("redis");
const pong = "$1\r\n-\r\n";

describe("exchange", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** A server on loopback that treats each connection so. */
  async function peer(serve: (socket: Socket) => void): Promise<Peer> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      serve(socket);
    });
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, protocol };
  }

  const failureOf = async (work: Promise<unknown>): Promise<NoAnswerError> => {
    const failure = await work.catch((error: unknown) => error);
    expect(failure).to.have.property("name", "NoAnswerError");
    return failure as NoAnswerError;
  };

  it("counts the bytes both ways, of all answers", async () => {
    const echoing = await peer((socket) => socket.on("data", () => socket.write(pong)));
    const answer = await exchange(echoing, { deadlineMs: 5_000 });
    expect(answer).to.include({ answers: 1, sent: protocol.question(0).length, received: pong.length });
  });

  it("takes an answer that comes in pieces", async () => {
    const slicing = await peer((socket) =>
      socket.once("data", () => {
        for (const byte of `${pong}${pong}`) socket.write(byte);
      }),
    );
    expect(await exchange(slicing, { count: 2, deadlineMs: 5_000 })).to.include({ answers: 2 });
  });

  it("says that it was refused", async () => {
    const server = await peer(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect((await failureOf(exchange(server, { deadlineMs: 5_000 }))).outcome).to.equal("ECONNREFUSED");
  });

  it("says that it was silent, and what had come by then", async () => {
    const half = await peer((socket) => socket.once("data", () => socket.write(`${pong}$1`)));
    const failure = await failureOf(exchange(half, { count: 2, deadlineMs: 200 }));
    expect(failure.outcome).to.equal("silent");
    expect(failure.answer).to.include({ answers: 1, received: pong.length + 2 });
    expect(failure.message).to.match(/gives no answer: silent for \d+ ms/);
  });

  it("tells a reset from an end", async () => {
    const resetting = await peer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect((await failureOf(exchange(resetting, { deadlineMs: 5_000 }))).outcome).to.equal("ECONNRESET");
    const ending = await peer((socket) => socket.once("data", () => socket.end()));
    expect((await failureOf(exchange(ending, { deadlineMs: 5_000 }))).outcome).to.equal("closed");
  });

  it("connects from the source it is given", async () => {
    let source: string | undefined;
    const server = await peer((socket) => {
      source = socket.remoteAddress;
      socket.on("data", () => socket.write(pong));
    });
    await exchange({ ...server, source: "127.8.7.6" }, { deadlineMs: 5_000 });
    expect(source).to.equal("127.8.7.6");
  });

  it("asks again and again over one connection, also after a silence", async () => {
    let silent = true;
    const server = await peer((socket) => socket.on("data", () => silent || socket.write(pong)));
    await using conversation = await Conversation.open(server, 5_000);
    expect((await failureOf(conversation.ask({ deadlineMs: 50 }))).outcome).to.equal("silent");
    silent = false;
    expect(await conversation.ask({ deadlineMs: 5_000 })).to.include({ answers: 1 });
  });

  it("times the end of a connection by the other side", async () => {
    const prompt = await peer((socket) => socket.resume().on("end", () => socket.end()));
    const stubborn = await peer((socket) => socket.resume());
    await using one = await Conversation.open(prompt, 5_000);
    expect(await one.close(5_000)).to.be.lessThan(5_000);
    await using other = await Conversation.open(stubborn, 5_000);
    expect(await other.close(50)).to.equal(50);
  });
});
