/** The service with one classic mistake: a map is a cache for as long as the process lives. */
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";

await serve({
  recordings: (real) => {
    const answers = new Map<string, unknown[]>();
    return altered(real, {
      status: async (owner, id) => {
        const answer = await real.status(owner, id);
        answers.set(id, [...(answers.get(id) ?? []), { ...answer, at: new Date() }]);
        return answer;
      },
    });
  },
});
