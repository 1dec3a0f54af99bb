/** The lock user with one classic mistake: fencing tokens are counted in Redis, which forgets them together with the lock. */
import { serveLocks } from "../../system/actors/serve-locks.ts";
import { altered } from "./altered.ts";

await serveLocks({
  transcriptions: (real, redis) =>
    altered(real, {
      mintFence: async (on, id) => {
        const row = await real.find(on, id);
        if (row === null) return null;
        const fence = String(await redis.call("fence", (client) => client.incr(`stt:fence:${id}`)));
        await on.query("update transcriptions set fence = $2 where id = $1", [id, fence]);
        return { ...row, fence };
      },
    }),
});
