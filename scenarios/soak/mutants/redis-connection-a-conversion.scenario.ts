import { leaking } from "./leaking.ts";

export default leaking(
  "../../mutants/connection-leak.ts",
  "Each conversion makes a connection to Redis of its own, and nobody ends it.",
);
