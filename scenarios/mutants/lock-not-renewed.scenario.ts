import slowLink from "../lock/renewal-slow-link.scenario.ts";
import { lockBedWith } from "./locks.ts";

export default {
  ...slowLink,
  topology: lockBedWith("./lock-not-renewed.ts"),
  mutant: {
    mistake: "The lock's time to live is shorter than the work, and nobody renews it.",
    caughtBy: "mutex",
  },
};
