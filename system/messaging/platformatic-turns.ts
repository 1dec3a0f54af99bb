import { type Base, type BaseOptions, kGetBootstrapConnection } from "@platformatic/kafka";
import type { BrokerTurn } from "./broker-turn.ts";

/** What the client asks any broker, as opposed to the one that leads a partition or coordinates a group. */
const askedOfAny = new Set([
  "listApis",
  "metadata",
  "findGroupCoordinator",
  "initProducerId",
  "createTopics",
]);

/**
 * Makes a client begin with the broker whose turn it is, and pass the turn on when that one does not answer.
 *
 * By itself (2.12.1) the client begins every question with the first bootstrap broker. A retry goes to the next one, but not
 * for the group's coordinator: a consumer whose first broker is paused looks for it there for ever.
 */
export function takeTurns<Options extends BaseOptions>(client: Base<Options>, turn: BrokerTurn): void {
  const connect = client[kGetBootstrapConnection].bind(client);
  client[kGetBootstrapConnection] = (callback) => connect(callback, turn.turn);
  client.on("client:performWithRetry:retry", (operation) => {
    if (askedOfAny.has(operation)) turn.passOn();
  });
}
