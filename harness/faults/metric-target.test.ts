import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { expect } from "chai";
import type { RunningTopology } from "../topology/topology.ts";
import { showing } from "./metric-target.ts";

describe("the node that shows a metric", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function topologyShowing(...texts: string[]): Promise<RunningTopology> {
    const nodes = await Promise.all(
      texts.map(async (text, index) => {
        const server = createServer((_request, response) => {
          response.end(text);
        }).listen(0, "127.0.0.1");
        servers.push(server);
        await once(server, "listening");
        const address = server.address();
        const port = typeof address === "object" ? address?.port : undefined;
        return { name: `stt-${index + 1}`, kind: "stt", state: "running", address: `127.0.0.1:${port}` };
      }),
    );
    return { nodes } as unknown as RunningTopology;
  }
  const resolve = async (...texts: string[]) => {
    const target = showing("stt", "active");
    return target.resolve({ topology: await topologyShowing(...texts), random: () => 0 }).then(
      ({ nodes }) => nodes,
      (error: Error) => error.message,
    );
  };

  it("is the one with more than 0, by whatever labels", async () => {
    expect(await resolve("active 0\n", "# HELP active\nactive 1\n")).to.deep.equal(["stt-2"]);
    expect(await resolve('active{a="1"} 0\nactive{a="2"} 3\n', "active_total 7\n")).to.deep.equal(["stt-1"]);
    expect(await resolve('active{a="{1}"} 3\nactive{a="2"} NaN\n', "active NaN\n")).to.deep.equal(["stt-1"]);
  });

  it("is not known while none, or several, have it, or one does not answer", async () => {
    expect(await resolve("active 0\n", "")).to.equal("0 stt show active: ");
    expect(await resolve("active 1\n", "active 1\n")).to.equal("2 stt show active: stt-1, stt-2");
    const topology = await topologyShowing("active 1\n");
    for (const server of servers.splice(0)) server.close();
    const failure = await showing("stt", "active")
      .resolve({ topology, random: () => 0 })
      .catch((error: Error) => error.message);
    expect(failure).to.contain("stt-1 does not show its metrics");
  });
});
