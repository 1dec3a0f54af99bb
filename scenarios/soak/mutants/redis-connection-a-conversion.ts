/** The service with one classic mistake: a duplicate of the connection to Redis is made for a conversion, and kept. */
import type { RedisConnection } from "../../../system/coordination/redis.ts";
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";

let connection: RedisConnection | undefined;

await serve({
  cache: (real, redis) => {
    connection = redis;
    return real;
  },
  recordings: (real) =>
    altered(real, {
      requestTranscription: async (owner, id) => {
        await connection?.call("own-connection", async (redis) => {
          redis.duplicate().on("error", () => {});
        });
        return real.requestTranscription(owner, id);
      },
    }),
});
