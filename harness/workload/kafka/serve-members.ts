import { once } from "node:events";
import { createServer } from "node:http";
import express, { type Response } from "express";
import { z } from "zod";
import { messageOf } from "../../util/errors.ts";
import type { GroupMember, LogClient } from "./client.ts";

const joining = z.object({ group: z.string(), topic: z.string() });
const polling = z.object({ waitMs: z.number().positive() });

/**
 * Serves members of consumer groups over HTTP, so that a consumer is a process of its own that can be killed, paused and cut off:
 * `POST /members`, and of each `/poll`, `/commit` and `/leave`. A member that has broken off is answered with 410 and gone.
 * Disposing leaves all groups.
 */
export async function serveMembers(
  client: Pick<LogClient, "member">,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<AsyncDisposable & { readonly url: string }> {
  const members = new Map<string, GroupMember>();
  let last = 0;

  /** Answers with what a member does, and forgets one that breaks off. */
  async function withMember(
    id: string,
    response: Response,
    work: (member: GroupMember) => Promise<object>,
  ): Promise<void> {
    const member = members.get(id);
    try {
      if (member === undefined) throw new Error(`there is no member ${id} here (any more)`);
      response.json(await work(member));
    } catch (error) {
      members.delete(id);
      void member?.[Symbol.asyncDispose]().then(undefined, () => {}); // it has broken off: nothing is left to leave
      response.status(410).json({ error: messageOf(error) });
    }
  }

  const app = express().disable("x-powered-by").use(express.json());
  app.get("/health/ready", (_request, response) => {
    response.json({});
  });
  app.post("/members", async (request, response) => {
    const { group, topic } = joining.parse(request.body);
    const id = String(++last);
    members.set(id, client.member(group, topic));
    await withMember(id, response, async (member) => {
      await member.join();
      return { id };
    });
  });
  app.post("/members/:id/poll", (request, response) => {
    const { waitMs } = polling.parse(request.body);
    return withMember(request.params.id, response, (member) => member.poll(AbortSignal.timeout(waitMs)));
  });
  app.post("/members/:id/commit", (request, response) =>
    withMember(request.params.id, response, async (member) => {
      await member.commit();
      return {};
    }),
  );
  app.post("/members/:id/leave", (request, response) =>
    withMember(request.params.id, response, async (member) => {
      members.delete(request.params.id);
      await member[Symbol.asyncDispose]();
      return {};
    }),
  );

  const server = createServer(app).listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://${host}:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await Promise.all(
        [...members.values()].map((member) => member[Symbol.asyncDispose]().then(undefined, () => {})),
      );
      server.closeAllConnections();
    },
  };
}
