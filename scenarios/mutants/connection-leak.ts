/** The service with one classic mistake: each conversion makes a connection to Redis of its own, and nobody ends it. */
import type { RedisConnection } from "../../system/coordination/redis.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

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
