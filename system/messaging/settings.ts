/** Settings all adapters share. They hold for a cluster that fails over within a few seconds. */
export const settings = {
  connectTimeoutMs: 1_000,
  /** A request a broker does not answer is given up and sent elsewhere after this long. */
  requestTimeoutMs: 3_000,
  retryDelayMs: 200,
  /** How long a broker holds a fetch when there is nothing to fetch. */
  maxWaitMs: 200,
  /** A member that is silent for so long loses its partitions. */
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 10_000,
  heartbeatMs: 1_000,
  maxBytesPerPartition: 256 * 1024,
  /** How long a commit may take before it is tried again. */
  commitDeadlineMs: 15_000,
  /** How long a partition that moves away is held for the message at hand, so that no other member handles it again. */
  handOverMs: 5_000,
  /** A consumer that has not joined its group by then starts anew, at another broker. */
  startDeadlineMs: 30_000,
  /** Closing a client waits no longer than this for its peers. */
  closeDeadlineMs: 3_000,
  probeEveryMs: 3_000,
  maxReplicas: 3,
} as const;

/** How long a publish may take; tests shorten it. */
export interface PublishDeadlines {
  /** A publish that is not acknowledged by then rejects. */
  readonly publishMs: number;
  /** A send the client has not settled by then is held to be stuck, and its producer is replaced. */
  readonly stuckMs: number;
}

/** A client gets three times as long as whoever waits for it: until then it may still succeed, and keeps its order. */
export const publishDeadlines = (publishMs = 20_000): PublishDeadlines => ({
  publishMs,
  stuckMs: 3 * publishMs,
});
