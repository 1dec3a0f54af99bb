import { z } from "zod";
import { readiness } from "../contract/api.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { checkReadiness, type HealthCheck } from "./health.ts";
import { type Route, route } from "./route.ts";

export interface OperationDependencies {
  readonly healthChecks: Readonly<Record<string, HealthCheck>>;
  /** Whether the service is going down: it is not ready then. */
  readonly draining: () => boolean;
  readonly metrics: Metrics;
}

/** What orchestrators and monitoring ask: whether the instance lives, is ready, and how it fares. */
export function operationRoutes({ healthChecks, draining, metrics }: OperationDependencies): Route[] {
  const common = { method: "get", tag: "Operations", scope: null, problems: [] } as const;
  return [
    route({
      ...common,
      path: "/health/live",
      operationId: "live",
      summary: "Whether the process answers",
      replies: {
        200: {
          description: "It does.",
          schema: z.object({ live: z.literal(true) }).meta({ id: "Liveness" }),
        },
      },
      handle: () => ({ status: 200, body: { live: true } }),
    }),
    route({
      ...common,
      path: "/health/ready",
      operationId: "ready",
      summary: "Whether the instance should be given work",
      replies: {
        200: { description: "It should.", schema: readiness },
        503: { description: "It should not; the checks tell why.", schema: readiness },
      },
      handle: async () => {
        const body = await checkReadiness({ ...healthChecks, serving: () => !draining() });
        metrics.ready.set(body.ready ? 1 : 0);
        return { status: body.ready ? 200 : 503, body };
      },
    }),
    route({
      ...common,
      path: "/metrics",
      operationId: "metrics",
      summary: "Measurements, in the Prometheus text format",
      replies: {
        200: { description: "All metrics.", schema: z.string(), mediaTypes: ["text/plain"] },
      },
      handle: async () => ({
        status: 200,
        type: metrics.registry.contentType,
        body: await metrics.registry.metrics(),
      }),
    }),
  ];
}
