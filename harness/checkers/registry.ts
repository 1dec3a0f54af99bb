import { UsageError } from "../util/errors.ts";
import { availability } from "./availability.ts";
import { consumed } from "./consumed.ts";
import { flowsHold } from "./flows-hold.ts";
import { latency } from "./latency.ts";
import { linearizable, linearizableModels, type ModelName } from "./linearizable.ts";
import { log } from "./log.ts";
import { messages } from "./messages.ts";
import { mutex } from "./mutex.ts";
import { ordering } from "./ordering.ts";
import { clearRefusals } from "./refusals.ts";
import { setFull } from "./set-full.ts";
import { transcription } from "./transcription.ts";
import { submittedOnce } from "./upstream.ts";
import type { Checker } from "./verdict.ts";

/** A checker that `faultline check` can apply to anyone's history in the documented format. */
interface Registered {
  /** One line for people. */
  readonly about: string;
  /** What the history is compared with, for a checker that must be told; the names of its models. */
  readonly models?: readonly string[];
  /** @param model one of `models`, where there are any. */
  readonly make: (model: string) => Checker;
}

const checkers: Readonly<Record<string, Registered>> = {
  log: { about: "Kafka's anomalies, per topic-partition", make: log },
  linearizable: {
    about: "operations that no order of single moments explains",
    models: linearizableModels,
    make: (model) => linearizable({ model: model as ModelName }),
  },
  mutex: { about: "two holders of a lock at once; fencing tokens that do not rise", make: () => mutex() },
  "set-full": { about: "elements of a set that are lost, stale or never read", make: () => setFull() },
  consumed: { about: "acknowledged records that a consumer group left out", make: () => consumed() },
  ordering: { about: "per-key order through a pipeline", make: ordering },
  latency: { about: "percentiles by phase and kind of operation", make: () => latency() },
  availability: { about: "users' requests that ended ok, by phase and node", make: () => availability() },
  transcription: {
    about: "every accepted recording ends once, with all its audio",
    make: () => transcription(),
  },
  messages: {
    about: "a service's messages in Kafka: scattered, out of order, without a dead letter",
    make: () => messages(),
  },
  upstream: { about: "recordings submitted upstream more than once", make: () => submittedOnce() },
  flows: { about: "flows of users that went otherwise than they should", make: flowsHold },
  refusals: { about: "requests refused without saying when to come again", make: clearRefusals },
};

/** Names of all checkers, each with what it is about and its models, for people. */
export function describeCheckers(): readonly (readonly [name: string, about: string])[] {
  return Object.entries(checkers).map(([name, { about, models }]) => [
    name,
    models === undefined ? about : `${about}; --model ${models.join(", ")}`,
  ]);
}

/**
 * The checker of a name.
 * @throws UsageError that lists what there is, for an unknown checker or model, or a model that is missing or not needed.
 */
export function checkerNamed(name: string, model?: string): Checker {
  const registered = Object.hasOwn(checkers, name) ? checkers[name] : undefined;
  if (registered === undefined) {
    throw new UsageError(
      `there is no checker ${JSON.stringify(name)}`,
      `checkers: ${Object.keys(checkers).join(", ")}`,
    );
  }
  const { models = [], make } = registered;
  if (models.length === 0 && model !== undefined) {
    throw new UsageError(`the checker ${name} has no models`, "leave --model out");
  }
  if (models.length > 0 && (model === undefined || !models.includes(model))) {
    const what = model === undefined ? "needs a model" : `has no model ${JSON.stringify(model)}`;
    throw new UsageError(`the checker ${name} ${what}`, `--model ${models.join(", ")}`);
  }
  return make(model ?? "");
}
