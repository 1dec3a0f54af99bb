import twoHolders from "../split-brain/two-lock-holders.scenario.ts";
import { lockBedWith } from "./locks.ts";

export default {
  ...twoHolders,
  topology: lockBedWith("./token-from-redis.ts"),
  mutant: {
    mistake:
      "Fencing tokens come from a counter in Redis: a failover that loses writes gives them out again.",
    caughtBy: "mutex",
  },
};
