/** The service with one classic mistake: what the cache holds is believed, however old it is and whatever has happened since. */

import { redisKeys } from "../../system/contract/redis-keys.ts";
import { ifAvailable } from "../../system/coordination/redis.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

await serve({
  cache: (real, redis) =>
    altered(real, {
      get: async (id) => {
        const found = await ifAvailable(
          redis.call("status-get", (client) => client.sttGetStatus(redisKeys.status(id))),
        );
        return found ? JSON.parse(found[0]) : null;
      },
    }),
});
