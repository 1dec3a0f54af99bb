import type { RequestTimeoutEvent } from "kafkajs";
import { withDeadline } from "../telemetry/clock.ts";
import type { BrokerTurn } from "./broker-turn.ts";
import { settings } from "./settings.ts";

/** Calls the listener with every request that is not answered in time. */
export type OnTimeout = (listener: (event: RequestTimeoutEvent) => void) => void;

/**
 * Connects to the broker whose turn it is, or passes the turn on and rejects.
 *
 * The client (2.2.4) asks one broker for its versions. When that one accepts connections and does not answer, it tries again,
 * finds itself connected, and fails at every request from then on. Hence the ear on time-outs.
 */
export async function connectInTurn(
  client: { connect(): Promise<void>; disconnect(): Promise<void> },
  onTimeout: OnTimeout,
  turn: BrokerTurn,
): Promise<void> {
  const silent = Promise.withResolvers<never>();
  onTimeout(({ payload }) => {
    if (payload.apiName === "ApiVersions") silent.reject(new Error(`${payload.broker} does not answer`));
  });
  try {
    const connected = Promise.race([client.connect(), silent.promise]);
    await withDeadline(
      connected,
      settings.requestTimeoutMs + settings.connectTimeoutMs,
      "connecting to Kafka",
    );
  } catch (error) {
    turn.passOn();
    void client.disconnect().catch(() => {});
    throw error;
  }
}
