import { closeSync, openSync, writeSync } from "node:fs";
import type { EventType } from "../history/event.ts";
import { seededRandom } from "../util/random.ts";

export interface RegisterHistory {
  readonly keys: number;
  readonly operationsPerKey: number;
  readonly clientsPerKey: number;
  /** So many operations of each key end `info`; one half of them took effect. */
  readonly infosPerKey: number;
  /** The share of operations that are reads, and that are compare-and-set; the others write. */
  readonly reads: number;
  readonly cas: number;
  /** Values are below this; few make many orders possible. */
  readonly values: number;
  /** A read of each key, in its last tenth, gives a value that nobody wrote. */
  readonly isWrong?: boolean;
  readonly seed: number;
}

interface Register {
  readonly key: string;
  value: number | null;
  invoked: number;
  infos: number;
  isSpoilt: boolean;
}

interface Client {
  process: number;
  readonly register: Register;
  f: "read" | "write" | "cas";
  asked: unknown;
  state: "idle" | "invoked" | "done";
  outcome: EventType;
  answer: unknown;
}

const bufferedLines = 10_000;

/**
 * Writes the history of registers that are what they claim to be (unless it is to be wrong): every operation takes effect in one moment,
 * at random, between its invoke and its answer. The same for the same seed.
 */
export function writeRegisterHistory(path: string, history: RegisterHistory): void {
  const file = openSync(path, "w");
  let lines: string[] = [];
  const flush = () => {
    writeSync(file, lines.join(""));
    lines = [];
  };
  let index = 0;
  simulate(history, (event) => {
    lines.push(`${JSON.stringify({ index, time: 1_000 * index, ...event })}\n`);
    index++;
    if (lines.length >= bufferedLines) flush();
  });
  flush();
  closeSync(file);
}

interface Step {
  readonly type: EventType;
  readonly process: number;
  readonly f: string;
  readonly key: string;
  readonly value: unknown;
}

function simulate(history: RegisterHistory, write: (event: Step) => void): void {
  const random = seededRandom(history.seed);
  const pick = (n: number) => Math.floor(random() * n);
  const { keys, clientsPerKey, operationsPerKey, infosPerKey } = history;
  let processes = keys * clientsPerKey;
  const clients = Array.from({ length: keys }, (_, key): Client[] => {
    const register = { key: `r${key}`, value: null, invoked: 0, infos: 0, isSpoilt: false };
    return Array.from({ length: clientsPerKey }, (_, client) => ({
      ...{ process: key * clientsPerKey + client, register, f: "read", asked: null },
      ...{ state: "idle", outcome: "ok", answer: null },
    }));
  }).flat();
  const busy = [...clients];
  while (busy.length > 0) {
    const place = pick(busy.length);
    const client = busy[place];
    if (client === undefined) break;
    const { register } = client;
    const event = { f: client.f, process: client.process, key: register.key };
    if (client.state === "idle") {
      if (register.invoked === operationsPerKey) {
        busy[place] = busy.at(-1) ?? client;
        busy.pop();
        continue;
      }
      ask(client, history, random);
      register.invoked++;
      client.state = "invoked";
      write({ ...event, f: client.f, type: "invoke", value: client.asked });
    } else if (client.state === "invoked") {
      // The infos come evenly over the history, and are never reads, which would be no difficulty.
      const due = register.infos < infosPerKey * (register.invoked / operationsPerKey);
      const isInfo = due && client.f !== "read";
      if (isInfo) register.infos++;
      if (!isInfo || pick(2) === 0) act(client);
      if (isInfo) client.outcome = "info";
      client.state = "done";
    } else {
      const isDue = register.invoked > 0.9 * operationsPerKey && history.isWrong && !register.isSpoilt;
      if (isDue && client.f === "read") {
        register.isSpoilt = true;
        client.answer = -1;
      }
      const { outcome, answer, asked } = client;
      write({ ...event, type: outcome, value: outcome === "ok" ? answer : asked });
      client.state = "idle";
      if (outcome === "info") client.process = processes++;
    }
  }
}

function ask(client: Client, { reads, cas, values }: RegisterHistory, random: () => number): void {
  const value = () => Math.floor(random() * values);
  const kind = random();
  client.f = kind < reads ? "read" : kind < reads + cas ? "cas" : "write";
  client.asked = client.f === "read" ? null : client.f === "write" ? value() : [value(), value()];
}

function act(client: Client): void {
  const { register, f, asked } = client;
  client.outcome = "ok";
  client.answer = f === "read" ? register.value : asked;
  if (f === "write") register.value = asked as number;
  if (f !== "cas") return;
  const [old, value] = asked as [number, number];
  if (register.value === old) register.value = value;
  else client.outcome = "fail";
}
