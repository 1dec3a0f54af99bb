import { linksTo } from "../../harness/faults/link-targets.ts";
import { reset } from "../../harness/faults/reset.ts";
import { every } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { everyClient } from "./every-client.ts";

export default everyClient(
  "a reset of all connections to the brokers, three times over,",
  "As when a firewall forgets its table. The brokers are well, and no leader moves: what had been sent may have been written, and is sent again.",
  [
    every("3s", reset(linksTo(all("kafka"), { from: ["load"] })))
      .for("1s")
      .during("4s", "12s"),
  ],
);
