import { EnvironmentError } from "../util/errors.ts";

/**
 * How to ask a kind of node a small question that changes nothing, and how to see where its answer ends. Questions may be
 * asked one behind the other without awaiting answers, which come in the same order.
 */
export interface Protocol {
  /** What a client has to say first, answered like a question; most have no such thing. */
  readonly hello?: Buffer;
  /** @param padding about how many bytes more than it needs it has, 0 to 4000. */
  question(padding: number): Buffer;
  /**
   * The length of the first answer.
   * @returns undefined while the answer is not complete.
   */
  answerLength(received: Buffer): number | undefined;
}

/** ApiVersions, version 0: every listener answers it, those of controllers too. https://kafka.apache.org/protocol */
const kafka: Protocol = {
  question: (padding) => {
    const clientId = Buffer.from(`faultline${"-".repeat(padding)}`);
    const header = Buffer.alloc(14);
    header.writeInt32BE(10 + clientId.length, 0);
    header.writeInt16BE(18, 4); // ApiVersions
    header.writeInt16BE(0, 6); // its version
    header.writeInt32BE(1, 8); // correlation id
    header.writeInt16BE(clientId.length, 12);
    return Buffer.concat([header, clientId]);
  },
  answerLength: (received) =>
    received.length < 4 ? undefined : whole(received, 4 + received.readInt32BE(0)),
};

/** PING, which sentinels answer too, with a payload that comes back. https://redis.io/docs/latest/develop/reference/protocol-spec */
const redis: Protocol = {
  question: (padding) => {
    const payload = "-".repeat(padding + 1);
    return Buffer.from(`*2\r\n$4\r\nPING\r\n$${payload.length}\r\n${payload}\r\n`);
  },
  answerLength: (received) => {
    const line = received.indexOf("\r\n");
    if (line < 0) return undefined;
    const isBulk = received[0] === "$".charCodeAt(0);
    return isBulk ? whole(received, line + 4 + Number(received.toString("latin1", 1, line))) : line + 2;
  },
};

/** A simple query in a session of its own. https://www.postgresql.org/docs/current/protocol-message-formats.html */
const postgres: Protocol = {
  hello: postgresMessage("", `\0\x03\0\0user\0postgres\0database\0postgres\0application_name\0faultline\0\0`),
  question: (padding) => postgresMessage("Q", `select 1 -- ${"-".repeat(padding)}\0`),
  answerLength: (received) => {
    // Messages of a type and a length each, up to the one that says "ready for query".
    for (let at = 0; at + 5 <= received.length; ) {
      const end = at + 1 + received.readInt32BE(at + 1);
      if (received[at] === "Z".charCodeAt(0)) return whole(received, end);
      at = end;
    }
    return undefined;
  },
};

function postgresMessage(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, "latin1")]);
}

/** GET of a path that is always there and costs little. https://www.rfc-editor.org/rfc/rfc9112 */
const http = (path: string): Protocol => ({
  question: (padding) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: faultline\r\nX-Padding: ${"-".repeat(padding)}\r\n\r\n`),
  answerLength: (received) => {
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = received.toString("latin1", 0, end);
    if (/^transfer-encoding: *chunked/im.test(head)) return chunksEnd(received, end + 4);
    return whole(received, end + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0));
  },
});

/** Chunks of a length in hexadecimal and so many bytes each, up to one of no length. */
function chunksEnd(received: Buffer, start: number): number | undefined {
  for (let at = start; ; ) {
    const line = received.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const length = Number.parseInt(received.toString("latin1", at, line), 16);
    at = line + 2 + length + 2;
    if (at > received.length) return undefined;
    if (length === 0) return at;
  }
}

/** The length, when that much is there. */
const whole = (received: Buffer, length: number): number | undefined =>
  length <= received.length ? length : undefined;

const protocols: Readonly<Record<string, Protocol>> = {
  kafka,
  redis,
  sentinel: redis,
  postgres,
  stt: http("/health/live"),
  locker: http("/health/ready"),
  consumer: http("/health/ready"),
  toxiproxy: http("/version"),
  daglo: http("/__admin/health"),
  "daglo-real": http("/health"),
  s3: http("/health"),
};

/**
 * How to ask a kind of node.
 * @throws EnvironmentError for a kind that cannot be asked.
 */
export function protocolOf(kind: string): Protocol {
  const protocol = protocols[kind];
  if (!protocol) {
    throw new EnvironmentError(`there is no question for nodes of the kind ${kind}`, {
      hint: `kinds that can be asked: ${Object.keys(protocols).join(", ")}`,
    });
  }
  return protocol;
}
