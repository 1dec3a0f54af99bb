import type { RequestKind } from "../history/transcription-operations.ts";
import type { Surroundings } from "./attempts.ts";
import type { Instance, Sender, SttTransport, UserRequest } from "./stt-transport.ts";

/** Requests by HTTP, in turn over the instances, so that a retry goes to another one. */
export class HttpTransport implements SttTransport {
  readonly #surroundings: Surroundings;
  readonly #token: string;
  #turn: number;

  constructor(surroundings: Surroundings, { token, turn }: Sender) {
    this.#surroundings = surroundings;
    this.#token = token;
    this.#turn = turn;
  }

  async next(): Promise<Instance> {
    const { balancer, client, signal } = this.#surroundings;
    const services = balancer?.ready ?? this.#surroundings.services;
    const service = services[this.#turn++ % services.length];
    if (service === undefined) throw new Error("the workload has no service to speak to");
    return {
      name: service.name,
      send: (request) => client.send(service, { ...httpRequestOf(request), token: this.#token, signal }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {} // connections are shared among the users
}

function httpRequestOf({ f, id, chunk }: UserRequest<RequestKind>): {
  method: "GET" | "POST";
  path: string;
  body?: Buffer;
} {
  const recording = `/api/stt/recordings/${id}`;
  switch (f) {
    case "start":
      return { method: "POST", path: "/api/stt/recordings" };
    case "chunk":
    case "finish": {
      const path = `${recording}/chunks?seq=${chunk?.seq}&finish=${f === "finish"}`;
      return { method: "POST", path, ...(chunk === undefined ? {} : { body: chunk.body }) };
    }
    case "heartbeat":
      return { method: "POST", path: `${recording}/heartbeat` };
    case "convert":
      return { method: "POST", path: `${recording}/transcription` };
    case "status":
      return { method: "GET", path: `${recording}/status` };
  }
}
