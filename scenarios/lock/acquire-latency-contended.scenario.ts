import { mutex } from "../../harness/checkers/mutex.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockAnswers, lockBed } from "./locking.ts";

export default scenario({
  title: "who wants a lock that fifty others want at the same moment is answered soon",
  about: "Those who do not get it are told so at once, and do not hold up the one who does.",
  suite: "nightly",
  topology: lockBed,
  workload: lockUsers({ rate: 50, crowd: 50, locks: 1, hold: "100ms" }),
  steadyState: lockAnswers,
  faults: [],
  steadyFor: "8s",
  checks: [mutex()],
  thresholds: {
    steady: {
      acquire_duration: ["count>=300", "p(95)<250", "p(99)<500"],
      acquire_failed: "rate<=0",
      acquire_refused: "rate>0.5",
    },
  },
});
