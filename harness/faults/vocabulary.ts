import { z } from "zod";
import { callSchema } from "../util/call.ts";
import type { Duration } from "../util/duration.ts";
import { bandwidth } from "./bandwidth.ts";
import { blackhole } from "./blackhole.ts";
import { clockSkew } from "./clock-skew.ts";
import { type Condition, healed, isrShrunk, proven } from "./conditions.ts";
import { cpuLimit } from "./cpu-limit.ts";
import { crashLoop } from "./crash-loop.ts";
import { cut } from "./cut.ts";
import { dagloMode, dagloModeFaults } from "./daglo-mode.ts";
import { diskFull } from "./disk-full.ts";
import type { Fault, Target } from "./fault.ts";
import { fileDescriptors } from "./file-descriptors.ts";
import { isolate } from "./isolate.ts";
import { kill } from "./kill.ts";
import { latency } from "./latency.ts";
import { limit } from "./limit.ts";
import { between, link, linksFrom, linksTo } from "./link-targets.ts";
import { memoryLimit } from "./memory-limit.ts";
import { showing } from "./metric-target.ts";
import { partition, type Shape } from "./partition.ts";
import { bridge, bySite, majorityMinority, oneWay, ring } from "./partition-shapes.ts";
import { pause } from "./pause.ts";
import { pinned } from "./pinned.ts";
import { postgresOutOfConnections } from "./postgres-connections.ts";
import { reset } from "./reset.ts";
import { restart, rollingRestart } from "./restart.ts";
import { slicer } from "./slicer.ts";
import { slowClose } from "./slow-close.ts";
import { stop } from "./stop.ts";
import {
  all,
  any,
  controller,
  holderOf,
  leaderOf,
  node,
  oneOf,
  others,
  ownerOf,
  redisPrimary,
} from "./targets.ts";

/** A function that schedules are written with. */
interface Word<T> {
  /** Where it is, from `harness/`. */
  readonly file: string;
  /** Calls it. @throws ZodError for arguments it does not take; UsageError or RangeError for values it refuses. */
  make(args: readonly unknown[]): T;
}

type Words<T> = Readonly<Record<string, Word<T>>>;

const word = <A extends readonly unknown[], T>(
  file: string,
  params: z.ZodType<A>,
  make: (...args: A) => T,
): Word<T> => ({ file: `faults/${file}.ts`, make: (args) => make(...params.parse(args)) });

/** A thing that is made by a call of one of some words. They may be defined later. */
const madeOf = <T>(what: string, words: () => Words<T>): z.ZodType<T> =>
  callSchema.transform(({ call, args }, context): T => {
    const found = words()[call];
    if (found !== undefined) return found.make(args);
    context.addIssue(`${call} is no ${what}: ${Object.keys(words()).join(", ")} are`);
    return z.NEVER;
  });

const target = madeOf<Target>("target", () => targets);
const shape = madeOf<Shape>("shape of a partition", () => shapes);
const anyFault = madeOf<Fault>("fault", () => faults);
const name = z.string();
const duration: z.ZodType<Duration> = z.union([z.string(), z.number()]);
const flow = { flow: z.enum(["upstream", "downstream", "both"]).exactOptional() };
const [noArgs, oneTarget, oneName] = [z.tuple([]), z.tuple([target]), z.tuple([name])];
const perhapsName = z.tuple([name.optional()]);
const names = z.array(name);

const targets: Words<Target> = {
  node: word("targets", oneName, node),
  all: word("targets", oneName, all),
  any: word("targets", oneName, any),
  oneOf: word("targets", z.array(target), oneOf),
  others: word("targets", z.tuple([name, target]), others),
  leaderOf: word("targets", z.tuple([name, z.number().optional()]), leaderOf),
  controller: word("targets", noArgs, controller),
  redisPrimary: word("targets", noArgs, redisPrimary),
  ownerOf: word("targets", z.tuple([name, name, z.number().optional()]), ownerOf),
  holderOf: word("targets", oneName, holderOf),
  showing: word("metric-target", z.tuple([name, name]), showing),
  link: word("link-targets", z.tuple([name, name]), link),
  linksTo: word(
    "link-targets",
    z.tuple([target, z.strictObject({ from: names.exactOptional() }).optional()]),
    linksTo,
  ),
  linksFrom: word("link-targets", oneTarget, linksFrom),
  between: word("link-targets", z.tuple([name, name]), between),
};

const shapes: Words<Shape> = {
  majorityMinority: word("partition-shapes", perhapsName, majorityMinority),
  bridge: word("partition-shapes", oneTarget, bridge),
  ring: word("partition-shapes", perhapsName, ring),
  oneWay: word("partition-shapes", z.tuple([target, target]), oneWay),
  bySite: word("partition-shapes", z.tuple([z.record(z.string(), z.array(z.union([name, target])))]), bySite),
};

const conditions: Words<Condition> = {
  proven: word("conditions", z.tuple([z.number()]), proven),
  healed: word("conditions", z.tuple([z.number()]), healed),
  isrShrunk: word("conditions", oneName, isrShrunk),
};

const faults: Words<Fault> = {
  kill: word("kill", oneTarget, kill),
  stop: word("stop", oneTarget, stop),
  pause: word("pause", oneTarget, pause),
  restart: word("restart", oneTarget, restart),
  rollingRestart: word("restart", oneTarget, rollingRestart),
  crashLoop: word("crash-loop", oneTarget, crashLoop),
  cut: word("cut", oneTarget, cut),
  blackhole: word("blackhole", z.tuple([target, z.strictObject(flow).optional()]), blackhole),
  reset: word("reset", z.tuple([target, z.strictObject(flow).optional()]), reset),
  latency: word(
    "latency",
    z.tuple([
      target,
      z.strictObject({
        ...{ latency: duration, jitter: duration.exactOptional() },
        distribution: z.enum(["uniform", "normal"]).exactOptional(),
        ...flow,
      }),
    ]),
    latency,
  ),
  bandwidth: word(
    "bandwidth",
    z.tuple([target, z.strictObject({ kilobytesPerSecond: z.number(), ...flow })]),
    bandwidth,
  ),
  slicer: word(
    "slicer",
    z.tuple([
      target,
      z.strictObject({
        ...{ size: z.number(), variation: z.number().exactOptional(), delay: duration.exactOptional() },
        ...flow,
      }),
    ]),
    slicer,
  ),
  slowClose: word("slow-close", z.tuple([target, z.strictObject({ delay: duration, ...flow })]), slowClose),
  limit: word("limit", z.tuple([target, z.strictObject({ bytes: z.number(), ...flow })]), limit),
  partition: word("partition", z.tuple([shape]), partition),
  isolate: word(
    "isolate",
    z.tuple([target, z.strictObject({ clients: z.boolean().exactOptional() }).optional()]),
    isolate,
  ),
  dagloMode: word("daglo-mode", z.tuple([z.enum(dagloModeFaults)]), dagloMode),
  postgresOutOfConnections: word("postgres-connections", noArgs, postgresOutOfConnections),
  cpuLimit: word("cpu-limit", z.tuple([target, z.strictObject({ cores: z.number() })]), cpuLimit),
  memoryLimit: word("memory-limit", z.tuple([target, z.strictObject({ bytes: z.number() })]), memoryLimit),
  diskFull: word(
    "disk-full",
    z.tuple([
      target,
      z.strictObject({ kind: name.exactOptional(), bytes: z.number().exactOptional() }).optional(),
    ]),
    diskFull,
  ),
  fileDescriptors: word(
    "file-descriptors",
    z.tuple([target, z.strictObject({ limit: z.number().exactOptional() }).optional()]),
    fileDescriptors,
  ),
  clockSkew: word(
    "clock-skew",
    z.tuple([
      target,
      z.union([
        z.strictObject({ forward: duration, kind: name.exactOptional() }),
        z.strictObject({ back: duration, kind: name.exactOptional() }),
      ]),
    ]),
    clockSkew,
  ),
  pinned: word("pinned", z.tuple([anyFault, z.strictObject({ nodes: names, links: names })]), pinned),
};

/** A call as read from a file, made a fault again. */
export const faultSchema: z.ZodType<Fault> = anyFault;

/** A call as read from a file, made a condition again. */
export const conditionSchema: z.ZodType<Condition> = madeOf("condition", () => conditions);

/** Where everything is that schedules are written with: from name to file, from `harness/`. */
export const vocabulary: ReadonlyMap<string, string> = new Map(
  [faults, targets, shapes, conditions].flatMap((words) =>
    Object.entries<Word<unknown>>(words).map(([call, { file }]) => [call, file] as const),
  ),
);
