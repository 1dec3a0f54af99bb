import type { MessagingHooks } from "../messaging/hooks.ts";

/** Hooks for tests that do not look at what they tell. */
export const quietHooks: MessagingHooks = {
  onFailure: () => {},
  onCommitFailure: () => {},
  onSessionStarted: () => {},
  onSessionEnded: () => {},
  onRebalance: () => {},
  onPartitions: () => {},
  onInFlight: () => {},
  onPublish: () => {},
  onProducerReplaced: () => {},
  onClientError: () => {},
};
