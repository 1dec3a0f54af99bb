import { transcription } from "../../checkers/transcription.ts";
import { blackhole } from "../../faults/blackhole.ts";
import { link } from "../../faults/link-targets.ts";
import { at } from "../../faults/schedule.ts";
import { scenario } from "../../run/scenario.ts";
import { stt } from "../../topology/stt.ts";
import { transcriptions } from "../../workload/transcriptions.ts";

/** A small scenario, for tests of the command line. */
export default scenario({
  title: "an instance that does not hear from Redis loses no accepted transcription",
  topology: stt({ kafka: 1, redis: "single", instances: 1 }),
  workload: transcriptions({ rate: 2 }),
  faults: [at("2s", blackhole(link("stt-1", "redis-1"))).for("4s")],
  checks: [transcription()],
});
