import type { Principal, Scope } from "../api/auth.ts";
import { type HttpProblem, problem } from "../api/problem.ts";
import type { Reply, Route } from "../api/route.ts";
import { requestOf } from "./destinations.ts";
import type { Frame } from "./frames.ts";

/**
 * Answers SENDs by the routes of the HTTP interface: the same validation, the same refusals, the same effects,
 * whichever way a client talks to the service.
 */
export class Requests {
  readonly #routes: ReadonlyMap<string, Route>;

  constructor(routes: readonly Route[]) {
    const posts = routes.filter(({ method }) => method === "post");
    this.#routes = new Map(posts.map((route) => [route.path, route]));
  }

  /** @throws HttpProblem, or what the routes throw besides. */
  async answer(frame: Frame, principal: Principal): Promise<Reply> {
    const request = requestOf(frame);
    const route = request && this.#routes.get(request.path);
    if (!request || !route) {
      throw problem("not-found", { detail: `nothing can be sent to ${frame.headers.get("destination")}` });
    }
    if (route.scope !== null && !principal.scopes.has(route.scope)) throw lacksScope(route.scope);
    const mediaType = essenceOf(frame.headers.get("content-type") ?? "");
    if (route.body && !route.body.mediaTypes.includes(mediaType)) {
      throw problem("unsupported-media-type", {
        detail: `the header content-type is one of ${route.body.mediaTypes.join(", ")}`,
      });
    }
    if (route.body && frame.body.length > route.body.maxBytes) {
      throw problem("body-too-large", { detail: `at most ${route.body.maxBytes} bytes` });
    }
    const readBody = async () => frame.body;
    return route.answer({ ...request, principal, mediaType, readBody });
  }
}

/** The refusal of what the token does not allow. */
export function lacksScope(scope: Scope): HttpProblem {
  return problem("insufficient-scope", { detail: `the token lacks the scope ${scope}`, scope });
}

/** A media type without its parameters, in lower case. */
function essenceOf(mediaType: string): string {
  return mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
}
