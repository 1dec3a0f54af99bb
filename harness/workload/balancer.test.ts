import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { expect } from "chai";
import { systemClock } from "../util/clock.ts";
import { until } from "../util/until.ts";
import { Balancer } from "./balancer.ts";
import type { Service } from "./workload.ts";

describe("the balancer", () => {
  const servers: Server[] = [];
  /** What each instance answers. */
  const status = new Map<string, number>();
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function instance(name: string): Promise<Service> {
    status.set(name, 200);
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/health/ready" ? (status.get(name) ?? 500) : 404;
      response.end("{}");
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return { name, baseUrl: `http://127.0.0.1:${address.port}` };
  }

  it("leaves out who is not ready or gone, takes back who is ready again, and has all when nobody is", async () => {
    const services = [await instance("a"), await instance("b")];
    await using balancer = new Balancer(services, systemClock);
    const ready = (...names: string[]) =>
      until(
        () => balancer.ready.map(({ name }) => name).join() === names.join(),
        `ready are ${names.join()}`,
      ).atMost("5s");
    expect(balancer.ready).to.deep.equal(services);
    status.set("a", 503);
    await ready("b");
    status.set("a", 200);
    await ready("a", "b");
    servers[1]?.close();
    servers[1]?.closeAllConnections();
    await ready("a");
    status.set("a", 503);
    await ready("a", "b");
  });
});
