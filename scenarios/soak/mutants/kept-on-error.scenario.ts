import { postgresSlow } from "../../../harness/faults/postgres-faults.ts";
import { every } from "../../../harness/faults/schedule.ts";
import { leaking } from "./leaking.ts";

export default leaking(
  "./kept-on-error.ts",
  "A connection of a pool is given back where all went well, and kept on an error.",
  {
    // A connection takes longer than one may be waited for: what has none then fails, a few conversions each time.
    faults: [
      every("40s", postgresSlow({ latency: "2s" }))
        .for("5s")
        .during("2m", "12m"),
    ],
    thresholds: [],
  },
);
