/** Keys in Redis, by recording. */
export const redisKeys = {
  status: (id: string) => `stt:status:${id}`,
  heartbeat: (id: string) => `stt:recording:heartbeat:${id}`,
  /** Exists while a heartbeat was lately saved in PostgreSQL, so that the next one need not be. */
  heartbeatSaved: (id: string) => `stt:recording:heartbeat:${id}:saved`,
  lock: (id: string) => `stt:processor:lock:${id}`,
} as const;
