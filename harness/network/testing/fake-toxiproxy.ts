import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { until } from "../../util/until.ts";
import { type ProxySpec, type ToxicState, Toxiproxy } from "../toxiproxy.ts";

interface FakeProxy {
  readonly listen: string;
  readonly upstream: string;
  enabled: boolean;
  toxics: ToxicState[];
  /** Calls about toxics wait for each other, and so do the answers of others that show toxics. */
  lastCall: Promise<unknown>;
}

const specs = z.array(
  z.object({ name: z.string(), listen: z.string(), upstream: z.string(), enabled: z.boolean() }),
);
const update = z.object({ enabled: z.boolean() });
const newToxic = z.object({ name: z.string(), stream: z.enum(["upstream", "downstream"]) });
const toxicity = z.object({ toxicity: z.number() });

/** The HTTP API of Toxiproxy 2.12 without proxies behind it, and with its ways to hang. */
export class FakeToxiproxy implements AsyncDisposable {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #proxies = new Map<string, FakeProxy>();
  #calls = 0;
  /** What was done to a shut gate that must not be: it would lose or leak what the gate holds. */
  readonly violations: string[] = [];
  /** Removals on these proxies hang until their connections are closed. */
  readonly stuck = new Set<string>();
  /** Nothing helps but a restart. */
  readonly stuckForEver = new Set<string>();

  async start(): Promise<this> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the fake does not listen");
    return `127.0.0.1:${address.port}`;
  }

  /** How many calls were made. */
  get calls(): number {
    return this.#calls;
  }

  /** Forgets everything; calls under way get no answer but the end of their connection. Resolves when it answers again. */
  async restart(): Promise<void> {
    this.#end();
    const answers = () => new Toxiproxy(this.address).version();
    await until(answers, "the fake answers").every("1ms").atMost("5s");
  }

  #end(): void {
    this.#proxies = new Map();
    this.stuck.clear();
    this.stuckForEver.clear();
    this.#server.closeAllConnections();
  }

  proxy(name: string): { readonly enabled: boolean; readonly toxics: readonly ToxicState[] } {
    const proxy = this.#proxies.get(name);
    if (!proxy) throw new Error(`the fake has no proxy ${name}`);
    return { enabled: proxy.enabled, toxics: proxy.toxics };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#calls++;
    const answer = await this.#answer(request.method ?? "", request.url ?? "", await text(request));
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
  }

  async #answer(method: string, url: string, body: string): Promise<{ status: number; body?: unknown }> {
    const [, , name = "", , toxic] = url.split("/");
    if (url === "/version") return { status: 200, body: { version: "2.12.0" } };
    if (url === "/populate") return { status: 201, body: { proxies: this.#populate(body) } };
    if (url === "/proxies") {
      const all = [...this.#proxies].map(([each, proxy]) => [each, shown(each, proxy)]);
      return { status: 200, body: Object.fromEntries(all) };
    }
    const proxy = this.#proxies.get(name);
    if (!proxy) return notFound("proxy");
    if (url === `/proxies/${name}`) {
      if (method === "POST") proxy.enabled = update.parse(JSON.parse(body)).enabled;
      if (!proxy.enabled) this.stuck.delete(name);
      return inTurn(proxy, async () => ({ status: 200, body: shown(name, proxy) }));
    }
    return inTurn(proxy, () => this.#toxic(method, name, proxy, toxic, body));
  }

  #populate(body: string): unknown[] {
    return specs.parse(JSON.parse(body)).map(({ name, ...spec }: ProxySpec) => {
      const proxy = this.#proxies.get(name) ?? { ...spec, toxics: [], lastCall: Promise.resolve() };
      this.#proxies.set(name, proxy);
      return shown(name, proxy);
    });
  }

  async #toxic(method: string, name: string, proxy: FakeProxy, toxic: string | undefined, body: string) {
    if (toxic === undefined) {
      const added = { ...newToxic.parse(JSON.parse(body)), toxicity: 1 };
      if (proxy.toxics.some((one) => one.name === added.name)) return { status: 409, body: {} };
      this.#check(name, proxy, added, "added");
      proxy.toxics.push(added);
      return { status: 200, body: added };
    }
    const found = proxy.toxics.find((one) => one.name === toxic);
    if (!found) return notFound("toxic");
    if (method === "POST") {
      const changed = { ...found, ...toxicity.parse(JSON.parse(body)) };
      proxy.toxics = proxy.toxics.map((one) => (one === found ? changed : one));
      return { status: 200, body: changed };
    }
    this.#check(name, proxy, found, "removed");
    proxy.toxics = proxy.toxics.filter((one) => one !== found);
    while (this.stuck.has(name) || this.stuckForEver.has(name)) await nextTurn();
    return { status: 204 };
  }

  #check(
    name: string,
    { toxics }: FakeProxy,
    { name: toxic, stream }: Omit<ToxicState, "toxicity">,
    what: string,
  ): void {
    const shut = toxics.filter((one) => one.stream === stream && one.toxicity > 0 && isGate(one));
    const completesGate = what === "added" && isGate({ name: toxic });
    if (shut.length > 0 && !completesGate)
      this.violations.push(`${toxic} ${what} at the shut gate of ${name}`);
    const open = toxics.some((one) => one.stream === stream && isGate(one));
    if (what === "added" && open && !completesGate)
      this.violations.push(`${toxic} added behind the gate of ${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function inTurn<T>(proxy: FakeProxy, work: () => Promise<T>): Promise<T> {
  const turn = proxy.lastCall.then(work);
  proxy.lastCall = turn.catch(() => {});
  return turn;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isGate = ({ name }: { name: string }): boolean => name.startsWith("gate-");

const notFound = (what: string) => ({ status: 404, body: { error: `${what} not found`, status: 404 } });

const shown = (name: string, { listen, upstream, enabled, toxics }: FakeProxy) => ({
  ...{ name, listen, upstream, enabled },
  toxics: toxics.map((toxic) => ({ ...toxic })),
});
