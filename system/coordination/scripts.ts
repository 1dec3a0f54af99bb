import type { Redis, Result } from "ioredis";

declare module "ioredis" {
  interface RedisCommander<Context> {
    /** Deletes the lock if `owner` holds it. 1 if it did. */
    sttRelease(key: string, owner: string): Result<number, Context>;
    /** Extends the lock if `owner` holds it. 1 if it did. */
    sttRenew(key: string, owner: string, ttlMs: string): Result<number, Context>;
    /** Replaces the cached status unless a newer one is there. 1 if it did. `asOf`: server time, ms. */
    sttPutStatus(
      key: string,
      version: string,
      progress: string,
      json: string,
      ttlMs: string,
      asOf: string,
    ): Result<number, Context>;
    /** The cached status and its age in ms by the server's clock, or null. */
    sttGetStatus(key: string): Result<[string, number] | null, Context>;
  }
}

/** Loads the scripts: compare-and-act must happen inside Redis, where nothing comes between. */
export function defineScripts(redis: Redis): void {
  redis.defineCommand("sttRelease", {
    numberOfKeys: 1,
    lua: "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0",
  });
  redis.defineCommand("sttRenew", {
    numberOfKeys: 1,
    lua: "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0",
  });
  redis.defineCommand("sttPutStatus", {
    numberOfKeys: 1,
    lua: `
      local old = redis.call('hmget', KEYS[1], 'version', 'progress')
      local version, progress = tonumber(ARGV[1]), tonumber(ARGV[2])
      if old[1] then
        local oldVersion, oldProgress = tonumber(old[1]), tonumber(old[2])
        if oldVersion > version or (oldVersion == version and oldProgress > progress) then return 0 end
      end
      redis.call('hset', KEYS[1], 'version', ARGV[1], 'progress', ARGV[2], 'json', ARGV[3], 'at', ARGV[5])
      redis.call('pexpire', KEYS[1], ARGV[4])
      return 1`,
  });
  redis.defineCommand("sttGetStatus", {
    numberOfKeys: 1,
    lua: `
      local value = redis.call('hmget', KEYS[1], 'json', 'at')
      if not value[1] then return nil end
      local t = redis.call('time')
      local now = t[1] * 1000 + math.floor(t[2] / 1000)
      return { value[1], now - tonumber(value[2]) }`,
  });
}
