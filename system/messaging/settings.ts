/** Settings both adapters share. They hold for a cluster that fails over within a few seconds. */
export const settings = {
  connectTimeoutMs: 1_000,
  /** A request a broker does not answer is given up and sent elsewhere after this long. */
  requestTimeoutMs: 3_000,
  retryDelayMs: 200,
  publishDeadlineMs: 20_000,
  /** A send the client has not settled by then is held to be stuck. */
  stuckAfterMs: 60_000,
  /** How long a broker holds a fetch when there is nothing to fetch. */
  maxWaitMs: 200,
  /** A member that is silent for so long loses its partitions. */
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 10_000,
  heartbeatMs: 1_000,
  maxBytesPerPartition: 256 * 1024,
  /** How long a commit may take before it is tried again. */
  commitDeadlineMs: 15_000,
  /** Closing a client waits no longer than this for its peers. */
  closeDeadlineMs: 3_000,
  probeEveryMs: 3_000,
  maxReplicas: 3,
} as const;
