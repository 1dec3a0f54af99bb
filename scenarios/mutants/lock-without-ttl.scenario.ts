import ttlExpiry from "../lock/ttl-expiry.scenario.ts";
import { lockBedWith } from "./locks.ts";

export default {
  ...ttlExpiry,
  topology: lockBedWith("./lock-without-ttl.ts"),
  mutant: {
    mistake: "The lock has no time to live: when its holder dies nobody ever gets it again.",
    caughtBy: "lease",
  },
};
