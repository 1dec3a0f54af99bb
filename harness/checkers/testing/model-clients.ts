import type { ModelName } from "../linearizable.ts";
import type { Call, Client } from "./simulation.ts";

type Answer = ReturnType<Call["act"]>;
const ok = (value?: unknown): Answer => ({ type: "ok", value });

/** Something that holds a value. */
class Cell {
  value: unknown = null;
  read(): Answer {
    return ok(this.value);
  }
  write(value: unknown): Answer {
    this.value = value;
    return ok(value);
  }
}

/**
 * Clients of a correct object of each model, for {@link simulate}.
 * @param count of clients; @param key of the object; @param values that are written, enqueued...: few make for ambiguity.
 */
export function clientsOf(model: ModelName, count: number, key: string, values: number): Client[] {
  const object = objects[model](values);
  const keyed = (client: Client): Client => {
    return (pick) => ({ key, ...client(pick) });
  };
  return Array.from({ length: count }, () => keyed(object()));
}

/** Makes an object, and of that clients. */
const objects: Record<ModelName, (values: number) => () => Client> = {
  register: (values) => {
    const cell = new Cell();
    return () => (pick) => {
      const value = pick(values);
      if (pick(2) === 0) return { f: "read", act: () => cell.read() };
      return { f: "write", value, act: () => cell.write(value) };
    };
  },
  "cas-register": (values) => {
    const cell = new Cell();
    return () => (pick) => {
      const [old, value] = [pick(values), pick(values)];
      const kind = pick(3);
      if (kind === 0) return { f: "read", act: () => cell.read() };
      if (kind === 1) return { f: "write", value, act: () => cell.write(value) };
      const act = (): Answer => {
        if (cell.value !== old) return { type: "fail" };
        cell.write(value);
        return ok([old, value]);
      };
      return { f: "cas", value: [old, value], act };
    };
  },
  kv: (values) => {
    const cell = new Cell();
    cell.value = "";
    return () => (pick) => {
      const value = String(pick(values));
      const kind = pick(5);
      if (kind < 2) return { f: "get", act: () => cell.read() };
      if (kind === 2) return { f: "put", value, act: () => cell.write(value) };
      const act = () => {
        cell.value += value;
        return ok(value);
      };
      return { f: "append", value, act };
    };
  },
  set: (values) => {
    const held = new Set<number>();
    return () => (pick) => {
      const value = pick(values);
      if (pick(2) === 0) return { f: "read", act: () => ok([...held]) };
      return { f: "add", value, act: () => ok(held.add(value) ? value : null) };
    };
  },
  queue: (values) => {
    const held: number[] = [];
    return () => (pick) => {
      const value = pick(values);
      if (pick(2) === 0) return { f: "dequeue", act: () => ok(held.shift() ?? null) };
      return { f: "enqueue", value, act: () => ok(held.push(value) > 0 ? value : null) };
    };
  },
  mutex: () => lockClients(() => null),
  "fenced-mutex": () => {
    let fence = 0;
    return lockClients(() => ({ fence: ++fence }));
  },
};

/** Clients that release what they have acquired, and try again what fails. @param token what an acquire is given. */
function lockClients(token: () => unknown): () => Client {
  let held = false;
  return () => {
    const own = { held: false };
    return () => {
      if (own.held) {
        const release = (): Answer => {
          held = false;
          return ok(null);
        };
        return {
          f: "release",
          act: release,
          ended: () => {
            own.held = false;
          },
        };
      }
      const acquire = (): Answer => {
        if (held) return { type: "fail" };
        held = true;
        return ok(token());
      };
      return {
        f: "acquire",
        act: acquire,
        ended: (type) => {
          own.held = type === "ok";
        },
      };
    };
  };
}
