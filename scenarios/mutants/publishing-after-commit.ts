import { z } from "zod";
import type { Messaging, OutgoingMessage } from "../../system/messaging/messaging.ts";
import type { Queryable } from "../../system/storage/database.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

/** The values of the statement that adds to the outbox. */
const outboxValues = z.tuple([z.string(), z.string(), z.number(), z.string(), z.string()]).rest(z.unknown());
const headers = z.record(z.string(), z.string());

/**
 * Runs the service with messages of these topics kept out of the outbox: they are published when the transaction that
 * causes them has committed.
 */
export async function publishingAfterCommit(options: {
  readonly topics: readonly string[];
  readonly publish: (kafka: Messaging, messages: readonly OutgoingMessage[]) => Promise<void>;
}): Promise<void> {
  let kafka: Messaging;
  await serve({
    messaging: (real) => {
      kafka = real;
      return real;
    },
    database: (real) =>
      altered(real, {
        transaction: async (work) => {
          const kept: OutgoingMessage[] = [];
          const result = await real.transaction((tx) => work(keepingOut(tx, options.topics, kept)));
          if (kept.length > 0) await options.publish(kafka, kept);
          return result;
        },
      }),
  });
}

function keepingOut(tx: Queryable, topics: readonly string[], kept: OutgoingMessage[]): Queryable {
  return {
    query: (text, values = []) => {
      const added = text.includes("insert into outbox") ? outboxValues.parse(values) : undefined;
      if (added === undefined || !topics.includes(added[0])) return tx.query(text, values);
      const [topic, key, , value] = added;
      kept.push({ topic, key, value, headers: headers.parse(JSON.parse(added[4])) });
      return tx.query("select");
    },
  };
}
