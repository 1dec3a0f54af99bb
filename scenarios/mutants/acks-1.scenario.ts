import { leaderCrash } from "../ha/leader-crash.scenario.ts";

/**
 * The service with one classic mistake: a write counts as done when the leader alone has it, and a retried one may be
 * written twice. What only the leader had is lost with it.
 */
export default leaderCrash({ service: { env: { STT_KAFKA_ACKS: "1", STT_KAFKA_IDEMPOTENT: "false" } } });
