import { z } from "zod";

/**
 * A line of k6's `--out json=FILE`: a metric declared, or a sample of one
 * (https://grafana.com/docs/k6/latest/results-output/real-time/json/). Fields that are not needed are not asked for.
 */
export const k6LineSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("Metric"),
    metric: z.string(),
    data: z.object({ type: z.string(), contains: z.string() }),
  }),
  z.object({
    type: z.literal("Point"),
    metric: z.string(),
    data: z.object({
      /** Unix time in ms. */
      time: z
        .string()
        .transform((time) => Date.parse(time))
        .pipe(z.number()),
      value: z.number(),
      /** `name`: the route, as the script calls it; the URL where it does not. */
      tags: z.object({ group: z.string().optional(), name: z.string().optional() }).nullish(),
    }),
  }),
]);
export type K6Line = z.infer<typeof k6LineSchema>;

/** Groups of what k6 records as it prepares and clears up, which is no load. */
export const besidesLoad: ReadonlySet<string> = new Set(["::setup", "::teardown"]);
