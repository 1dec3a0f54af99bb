/** The service with one classic mistake: a socket is opened to see whether a server is there, and never closed. */
import { once } from "node:events";
import { connect } from "node:net";
import { parseConfig } from "../../../system/config.ts";
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";

// The upstream's: unlike PostgreSQL, it bears a client that says nothing.
const { hostname, port } = new URL(parseConfig(process.env).daglo.url);
const sockets: unknown[] = [];

await serve({
  recordings: (real) =>
    altered(real, {
      requestTranscription: async (owner, id) => {
        const socket = connect(Number(port), hostname).on("error", () => {});
        sockets.push(socket);
        await once(socket, "connect");
        return real.requestTranscription(owner, id);
      },
    }),
});
