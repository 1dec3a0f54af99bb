/**
 * The smallest HTTP server that can stand in for an instance of the service: every request is answered 200 at once.
 * Where there is a channel to its parent, it tells its address there, and ends when the parent does.
 */
import { createServer } from "node:http";

const { STT_HOST = "127.0.0.1", STT_PORT = "0" } = process.env;

const server = createServer((_request, response) => response.end("{}"));
server.listen(Number(STT_PORT), STT_HOST, () => process.send?.(server.address()));
process.on("disconnect", () => process.exit());
