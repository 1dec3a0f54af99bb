import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { quickStt } from "../common.ts";
import { load, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "users of a killed instance connect to another, and each is told how it ended",
  about:
    "The profile load over STOMP, ended when the service has recovered. Who loses the connection goes on over one to the next instance: subscribes again, and sends again what had no receipt. A subscription begins with the state as it is, so no final state is missed.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({
    ...{ script: "stt-websocket", profile: "load", ownThresholds: false },
    env: { RECONNECT: "1" },
  }),
  steadyState: wellUnderLoad,
  faults: [at("30s", kill(node("stt-1"))).for("8s")],
  // Killed between an answer of the upstream and its commit, an instance cannot know that it has submitted.
  checks: [transcription(), submittedOnce({ tolerate: 4 })],
  thresholds: {
    steady: { "k6.ws_message_latency": "p(95)<500", "k6.stt_failed": "rate<=0" },
    // That there were some shows that the fault met somebody.
    fault: {
      "k6.ws_reconnects": "count>0",
      "k6.ws_reconnect_duration": "max<10s",
      "k6.stt_failed": "rate<=0",
    },
    recovery: { rto: "<40s", "k6.stt_failed": "rate<=0" },
  },
});
