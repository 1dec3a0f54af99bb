import twoHolders from "../split-brain/two-lock-holders.scenario.ts";
import { lockBedWith } from "./locks.ts";

export default {
  ...twoHolders,
  topology: lockBedWith("./no-fencing.ts"),
  mutant: {
    mistake: "Nobody asks for a fencing token: who believes to hold the lock writes over the next holder.",
    caughtBy: "mutex",
  },
};
