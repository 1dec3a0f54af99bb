/** The service with one classic mistake: a connection goes back to its pool on the line after the one that threw. */
import pg from "pg";
import { parseConfig } from "../../../system/config.ts";
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";

const pool = new pg.Pool({ connectionString: parseConfig(process.env).databaseUrl, max: 40 });
pool.on("error", () => {});

await serve({
  recordings: (real) =>
    altered(real, {
      requestTranscription: async (owner, id) => {
        const connection = await pool.connect();
        const status = await real.requestTranscription(owner, id);
        connection.release();
        return status;
      },
    }),
});
