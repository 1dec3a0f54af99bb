import { expect } from "chai";
import express from "express";
import { listen } from "../api/server.ts";
import { Collector } from "./collector.test.ts";
import { traceRequests } from "./http-spans.ts";
import { logIds } from "./log-ids.ts";
import { createLogger } from "./logger.ts";
import { startTracing } from "./otlp.ts";
import { inSpan, SpanKind, traceHeaders, traceId, tracingIsOn } from "./tracing.ts";

const silent = createLogger("test", "silent");
const caller = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

describe("traces", () => {
  describe("where no collector is configured", () => {
    it("cost nothing and say nothing", async () => {
      expect(tracingIsOn()).to.equal(false);
      await inSpan("work", { cause: caller }, async (span) => {
        expect(span.isRecording()).to.equal(false);
        expect(traceHeaders()).to.deep.equal({});
        expect(traceId()).to.equal(undefined);
        expect(logIds()).to.deep.equal({});
      });
    });
  });

  describe("where one is", () => {
    let collector: Collector;
    let endpoint: string;

    beforeEach(async () => {
      collector = new Collector();
      endpoint = await collector.listen();
    });
    afterEach(() => collector[Symbol.asyncDispose]());

    /** The spans of `work`, which are there when tracing has ended. */
    async function traced(work: () => Promise<unknown>, ratio = 1): Promise<void> {
      await using _tracing = await startTracing({ endpoint, ratio }, "stt-7", silent);
      await work();
    }

    it("nest by what awaits what, and name the service and the instance", async () => {
      await traced(() =>
        inSpan("outer", { attributes: { "stt.stage": "processing" } }, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          await inSpan("inner", { kind: SpanKind.CLIENT }, async () => {});
        }),
      );
      const [outer, inner] = [collector.find("outer"), collector.find("inner")];
      expect(inner).to.include({ traceId: outer.traceId, parentSpanId: outer.spanId, kind: 3 });
      expect(outer.parentSpanId).to.equal(undefined);
      expect(outer.attributes).to.deep.equal({ "stt.stage": "processing" });
      expect(outer.resource).to.include({ "service.name": "stt", "service.instance.id": "stt-7" });
      expect(tracingIsOn()).to.equal(false);
    });

    it("go on over messages: the headers of one span are the cause of the next", async () => {
      let headers = {};
      await traced(async () => {
        await inSpan("request", { cause: caller }, async () => {
          headers = traceHeaders();
        });
        await inSpan("handling", { cause: headers, kind: SpanKind.CONSUMER }, async () => {});
      });
      const request = collector.find("request");
      expect(request).to.include({
        traceId: "0af7651916cd43dd8448eb211c80319c",
        parentSpanId: "b7ad6b7169203331",
      });
      expect(headers).to.deep.equal({ traceparent: `00-${request.traceId}-${request.spanId}-01` });
      expect(collector.find("handling")).to.include({
        traceId: request.traceId,
        parentSpanId: request.spanId,
      });
    });

    it("begin anew for a message without a cause, whatever is going on", async () => {
      await traced(() =>
        inSpan("other", {}, () => inSpan("handling", { cause: { attempt: "0" } }, async () => {})),
      );
      expect(collector.find("handling").parentSpanId).to.equal(undefined);
    });

    it("show errors, which are thrown on", async () => {
      await traced(async () => {
        const failing = inSpan("failing", {}, async () => {
          throw new Error("no luck");
        });
        expect(await failing.catch((error: Error) => error.message)).to.equal("no luck");
      });
      expect(collector.find("failing").failed).to.equal(true);
    });

    it("give logs their id", async () => {
      const lines: string[] = [];
      const logger = createLogger("test", "info", { write: (line) => void lines.push(line) });
      await traced(() => inSpan("work", {}, async () => logger.info("hello")));
      expect(JSON.parse(lines[0] ?? "")).to.include({ traceId: collector.find("work").traceId });
    });

    it("are left out for the share that is not wanted, unless the caller records", async () => {
      await traced(async () => {
        await inSpan("ours", {}, async () => {});
        await inSpan("the caller's", { cause: caller }, async () => {});
      }, 0);
      expect(collector.spans.map(({ name }) => name)).to.deep.equal(["the caller's"]);
    });

    it("cover requests: named by route, in the caller's trace, around what they do", async () => {
      const app = express();
      app.use(traceRequests((request) => request.route?.path ?? "unmatched"));
      app.get("/things/:id", async (_request, response) => {
        await inSpan("work", {}, async () => {});
        response.json({});
      });
      app.get("/broken", (_request, response) => void response.status(503).end());
      const get = async (path: string, address: { host: string; port: number }, headers = {}) => {
        await (await fetch(`http://${address.host}:${address.port}${path}`, { headers })).text();
      };
      await traced(async () => {
        await using server = await listen(app, { host: "127.0.0.1", port: 0 });
        await get("/things/1", server.address, caller);
        await get("/broken", server.address);
      });
      const request = collector.find("GET /things/:id");
      expect(request).to.include({ kind: 2, parentSpanId: "b7ad6b7169203331", failed: false });
      expect(request.attributes).to.include({ "http.route": "/things/:id", "url.path": "/things/1" });
      expect(Number(request.attributes["http.response.status_code"])).to.equal(200);
      expect(collector.find("work").parentSpanId).to.equal(request.spanId);
      expect(collector.find("GET /broken").failed).to.equal(true);
    });

    it("are lost, and nothing else, when it does not take them; the log says so", async () => {
      const lines: string[] = [];
      const logger = createLogger("test", "info", { write: (line) => void lines.push(line) });
      {
        await using _tracing = await startTracing(
          { endpoint: `${endpoint}/elsewhere`, ratio: 1 },
          "stt-7",
          logger,
        );
        expect(await inSpan("work", {}, async () => "done")).to.equal("done");
      }
      expect(lines.join()).to.include("spans were not sent");
    });
  });
});
