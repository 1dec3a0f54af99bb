import { z } from "zod";
import { parseJson } from "../contract/json.ts";
import { statuses } from "../domain/status.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Database } from "./database.ts";
import { NotificationListener } from "./notification-listener.ts";

/** A committed change of a recording's status or progress: what the trigger `transcription_notify` writes. */
const statusChange = z.object({
  id: z.string(),
  status: z.enum(statuses),
  version: z.int(),
  /** Percent, or null before the upstream has said any. */
  progress: z.number().nullable(),
  /** When it was written, epoch milliseconds by PostgreSQL's clock. */
  at: z.number(),
});
export type StatusChange = z.infer<typeof statusChange>;

/** Someone who follows the feed. */
export interface StatusFollower {
  readonly onChange: (change: StatusChange) => void;
  /** Every change from now on is heard; those before this moment may not have been. Also called when that is so already. */
  readonly onListening: () => void;
  /** The feed is interrupted: changes from now on are not heard. */
  readonly onLost?: () => void;
}

/** Every change of a status or progress that any instance commits, heard through `LISTEN stt_status`. */
export class StatusFeed implements AsyncDisposable {
  readonly #followers = new Set<StatusFollower>();
  readonly #listener: NotificationListener;
  #listening = false;

  constructor(database: Pick<Database, "dedicatedClient">, logger: Logger) {
    const onNotification = (payload: string) => {
      const change = statusChange.safeParse(parseJson(payload));
      if (change.success) for (const follower of this.#followers) follower.onChange(change.data);
      else
        logger.error({ payload, reason: z.prettifyError(change.error) }, "a status change was not readable");
    };
    const onListening = () => {
      this.#listening = true;
      for (const follower of this.#followers) follower.onListening();
    };
    const onLost = () => {
      this.#listening = false;
      for (const follower of this.#followers) follower.onLost?.();
    };
    this.#listener = new NotificationListener(
      database,
      "stt_status",
      { onNotification, onListening, onLost },
      logger,
    );
  }

  follow(follower: StatusFollower): void {
    this.#followers.add(follower);
    if (this.#listening) follower.onListening();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
  }
}
