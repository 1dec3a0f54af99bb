import { leaking } from "./leaking.ts";

export default leaking(
  "./unbounded-map.ts",
  "The answers of the last requests are kept by recording, of every recording that ever was.",
);
