import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

await serve({
  messaging: (real) => altered(real, { publish: (messages) => real.publish(messages).catch(() => {}) }),
});
