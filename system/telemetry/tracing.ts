import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

export { type Span, SpanKind, SpanStatusCode } from "@opentelemetry/api";

/** Headers of a message or request: the trace context is `traceparent` (and `tracestate`), as W3C defines them. */
export type Headers = Readonly<Record<string, string>>;

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Headers of what caused this work: the span continues that trace. Absent: the present span's, if any. */
  readonly cause?: Headers;
}

let on = false;

/** Whether spans are recorded (see otlp.ts). Without it every function here does nothing, at no cost. */
export const tracingIsOn = (): boolean => on;

/** For otlp.ts only. */
export function setTracing(value: boolean): void {
  on = value;
}

const tracer = () => trace.getTracer("stt");

/** The span to use where nothing is recorded. */
const noSpan = trace.wrapSpanContext({ traceId: "", spanId: "", traceFlags: 0 });

/**
 * Runs `work` in a span: what it awaits, logs and sends belongs to it. An error is recorded on the span and thrown on.
 */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  if (!on) return work(noSpan);
  const { span, within } = startSpan(name, options);
  try {
    return await context.with(within, () => work(span));
  } catch (error) {
    recordError(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** A span for work whose end comes by a callback; end it yourself. `within` is the context of its children. */
export function startSpan(
  name: string,
  { kind, attributes, cause }: SpanOptions,
): { span: Span; within: Context } {
  const parent = cause ? propagation.extract(ROOT_CONTEXT, cause) : context.active();
  const span = tracer().startSpan(
    name,
    {
      kind: kind ?? SpanKind.INTERNAL,
      ...(attributes ? { attributes } : {}),
    },
    parent,
  );
  return { span, within: trace.setSpan(parent, span) };
}

function recordError(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : "" });
}

/** The headers that carry the present span to whoever gets them; none when nothing is recorded. */
export function traceHeaders(): Headers {
  if (!on) return {};
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** The present trace's id, for logs. */
export function traceId(): string | undefined {
  return on ? trace.getActiveSpan()?.spanContext().traceId : undefined;
}
