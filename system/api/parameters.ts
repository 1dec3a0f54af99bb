import { z } from "zod";
import type { ZodOpenApiOverride } from "zod-openapi";

/** What the document says of a parameter instead of how it is read: text until it is parsed. */
const described =
  (schema: Parameters<ZodOpenApiOverride>[0]["jsonSchema"]): ZodOpenApiOverride =>
  ({ jsonSchema }) => {
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    Object.assign(jsonSchema, schema);
  };

/** A whole number written in decimal digits, as a parameter. (`z.coerce` would take "", " 1", "0x10" and "1e3" too.) */
export function integerParameter(min: number, max: number, description: string) {
  return z
    .string("is missing")
    .regex(/^\d{1,15}$/, "is not a whole number")
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({
      description,
      override: described({ description, type: "integer", minimum: min, maximum: max }),
    });
}

/** `true` or `false`, as a parameter. */
export function flagParameter(description: string) {
  return z
    .enum(["true", "false"], "is neither true nor false")
    .default("false")
    .transform((value) => value === "true")
    .meta({ description, override: described({ description, type: "boolean", default: false }) });
}

/** A recording's id. */
export const recordingId = z.ulid().meta({
  description: "The recording's id (ULID).",
  example: "01M83AGRXZB6GB41V1Q6R70VT2",
});

/** The headers of every POST. */
export const postHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "is not 1 to 255 visible ASCII characters")
    .optional()
    .meta({
      description:
        "The client's own name for this request, 1 to 255 visible ASCII characters. A second request of the same subject that creates a recording by the same key creates nothing and is answered with the first one's recording. The other POSTs are idempotent by nature: they take the key and do not need it.",
      example: "6f1c2b9e-8a53-4a39-9d9a-6a1b4c7f20d1",
    }),
});
