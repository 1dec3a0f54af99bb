import { type Messaging, type OutgoingMessage, PublishError } from "../../system/messaging/messaging.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

const retryMs = 5_000;

/** Publishes what it can; what it cannot, some time later. */
async function publish(real: Messaging, messages: readonly OutgoingMessage[]): Promise<void> {
  await real.publish(messages).catch((error: unknown) => {
    if (!(error instanceof PublishError)) throw error;
    const aside = error.failures.map(({ message }) => message);
    setTimeout(() => void publish(real, aside), retryMs);
  });
}

await serve({
  messaging: (real) => altered(real, { publish: (messages) => publish(real, messages) }),
});
