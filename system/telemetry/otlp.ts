import { context, propagation, trace } from "@opentelemetry/api";
import { withDeadline } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { setTracing } from "./tracing.ts";
import { version } from "./version.ts";

export interface TracingConfig {
  /** The collector's base URL; spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  /** The share of traces that is recorded, where the caller has not decided: 0 to 1. */
  readonly ratio: number;
}

const flushWithinMs = 2_000;

/**
 * Records spans and sends them to a collector, by OTLP over HTTP (JSON). Disposing sends what is left. OpenTelemetry's
 * registry is the process's: of several services in one process, only one can record. A collector that is down
 * costs the spans, nothing else.
 */
export async function startTracing(
  { endpoint, ratio }: TracingConfig,
  instance: string,
  logger: Logger,
): Promise<AsyncDisposable> {
  // Loaded here, so that a service without tracing has none of it in memory.
  const [sdk, { OTLPTraceExporter }, hooks, { resourceFromAttributes }, core] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/context-async-hooks"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/core"),
  ]);
  core.setGlobalErrorHandler((error) => logger.warn({ err: error }, "spans were not sent"));
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces` });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "stt",
      "service.version": version,
      "service.instance.id": instance,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
  context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  setTracing(true);

  return {
    async [Symbol.asyncDispose]() {
      setTracing(false);
      await withDeadline(provider.shutdown(), flushWithinMs, "sending the last spans").catch(
        (error: unknown) => logger.warn({ err: error }, "spans were not sent"),
      );
      trace.disable();
      propagation.disable();
      context.disable();
    },
  };
}
