import { leaking } from "./leaking.ts";

export default leaking(
  "./kibibyte-a-request.ts",
  "Each request for a status leaves a kibibyte on the heap, for a log that nobody writes.",
);
