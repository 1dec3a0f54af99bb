import { serveArms } from "../serve-arms.ts";

serveArms({
  good: async () => ({ x: [1, 2] }),
  bad: async () => {
    throw new Error("out of luck");
  },
});
