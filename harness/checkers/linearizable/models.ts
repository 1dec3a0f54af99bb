import type { Model } from "./model.ts";
import { fencedMutex } from "./models/fenced-mutex.ts";
import { kv } from "./models/kv.ts";
import { mutex } from "./models/mutex.ts";
import { queue } from "./models/queue.ts";
import { casRegister, register } from "./models/register.ts";
import { set } from "./models/set.ts";

/** What a history can be compared with, by name. */
export const models = {
  register,
  "cas-register": casRegister,
  kv,
  set,
  queue,
  mutex,
  "fenced-mutex": fencedMutex,
} satisfies Record<string, Model>;

export type ModelName = keyof typeof models;
