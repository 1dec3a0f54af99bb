import { deadLetterTopics } from "../../system/contract/topics.ts";
import type { OutgoingMessage } from "../../system/messaging/messaging.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

const isDeadLetter = ({ topic }: OutgoingMessage) => Object.values(deadLetterTopics).includes(topic);

await serve({
  messaging: (real) =>
    altered(real, {
      publish: async (messages) => {
        await Promise.all([
          real.publish(messages.filter((message) => !isDeadLetter(message))),
          real.publish(messages.filter(isDeadLetter)).catch(() => {}),
        ]);
      },
    }),
});
