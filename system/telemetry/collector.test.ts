// Not a test itself: an OTLP collector for the tests of traces.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { z } from "zod";

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              status: z.object({ code: z.int() }),
              attributes: z.array(attribute),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** Takes spans by OTLP over HTTP in JSON, as a collector does. */
export class Collector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly #server = createServer(async (request, response) => {
    if (request.url === "/v1/traces") this.#take(exported.parse(await json(request)));
    response.writeHead(request.url === "/v1/traces" ? 200 : 404, { "content-type": "application/json" });
    response.end("{}");
  });

  /** @returns its base URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The first span of that name. */
  find(name: string): CollectedSpan {
    const found = this.spans.find((span) => span.name === name);
    if (!found) throw new Error(`no span ${name} among: ${this.spans.map((span) => span.name).join(", ")}`);
    return found;
  }

  #take({ resourceSpans }: z.infer<typeof exported>): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      for (const { status, attributes, parentSpanId, ...span } of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({
          ...span,
          parentSpanId: parentSpanId || undefined,
          failed: status.code === 2,
          attributes: valuesOf(attributes),
          resource: valuesOf(resource.attributes),
        });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const valuesOf = (attributes: readonly z.infer<typeof attribute>[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
