import lateRelease from "../lock/late-release.scenario.ts";
import { lockBedWith } from "./locks.ts";

export default {
  ...lateRelease,
  topology: lockBedWith("./release-of-others-lock.ts"),
  mutant: {
    mistake: "A release does not ask whose lock it is, and deletes that of the next holder.",
    caughtBy: "mutex",
  },
};
