import { steadyState } from "../../harness/checkers/steady-state.ts";
import { stt } from "../../harness/topology/stt.ts";
import staleBrokerFirst from "../kafka/stale-broker-first.scenario.ts";
import { notForLong } from "./stt-with.ts";

export default {
  ...staleBrokerFirst,
  ...notForLong,
  // With the retry delay of two seconds, so that many messages lie in Kafka when the brokers die.
  topology: stt({ kafkaSettings: { "unclean.leader.election.enable": true } }),
  steadyState: steadyState({ encodedWithin: "2s", completedWithin: "6.5s" }),
  mutant: {
    mistake: "The brokers let one lead that has missed acknowledged writes (unclean leader election).",
    caughtBy: "transcription",
  },
};
