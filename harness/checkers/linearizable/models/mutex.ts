import { impossible, type Machine, type Model, type ModelOperation } from "../model.ts";

const free = 0;
const held = 1;

/** A lock that is held or not. It has no owner and no expiry: anyone may release it, once for each time it is acquired. */
export const mutex: Model = {
  operations: ["acquire", "release"],
  machine(operations: readonly ModelOperation[]): Machine {
    return {
      initial: free,
      // Acquiring is kind 0 and wants the state free, releasing is kind 1 and wants held.
      kinds: Int32Array.from(operations, ({ invoke }) => (invoke.f === "acquire" ? free : held)),
      kindCount: 2,
      step: (state, kind) => (kind === state ? 1 - state : impossible),
      isFree: () => false,
      wants: Int32Array.of(free, held),
    };
  },
};
