import { z } from "zod";
import type { HistoryEvent } from "./event.ts";
import { parseValue } from "./values.ts";

/**
 * The operations of the ordering checker: `publish` hands an element to a pipeline, `deliver` is a consumer that gets it. In the
 * history of a log, `send` and `poll` are read as the same, where values are of the form {"key": k, "seq": n}.
 */

/** An element of a pipeline: the `seq`th of its key. */
export interface Sequenced {
  readonly key: string;
  readonly seq: number;
}

const numbered = z.object({ seq: z.int() });
const sequenced = z.object({ key: z.string(), seq: z.int() });

/** What an invoke publishes; undefined when it publishes nothing, or nothing that has a sequence. */
export function publishedBy(invoke: HistoryEvent): Sequenced | undefined {
  if (invoke.f === "publish")
    return { key: invoke.key ?? "", seq: parseValue(numbered, invoke, "Order").seq };
  return invoke.f === "send" ? sequenced.safeParse(invoke.value).data : undefined;
}

/** What a delivery that ended ok delivered, in its order. @throws UsageError naming the event when its value has another shape. */
export function deliveredBy(invoke: HistoryEvent, ok: HistoryEvent): readonly Sequenced[] {
  if (ok.f === "deliver") {
    return [{ key: ok.key ?? invoke.key ?? "", seq: parseValue(numbered, ok, "Order").seq }];
  }
  if (ok.f !== "poll") return [];
  return polledValues(ok.value).flatMap((value) => sequenced.safeParse(value).data ?? []);
}

/** The values of the records that a poll brought, partition by partition. @param poll the value of its ok. */
export function polledValues(poll: unknown): readonly unknown[] {
  if (typeof poll !== "object" || poll === null) return [];
  // {"t-0": [[offset, value]...]}, and what else a poll says of itself.
  return Object.values(poll)
    .flatMap((records: unknown) => (Array.isArray(records) ? records : []))
    .flatMap((record: unknown) => (Array.isArray(record) ? [record[1] as unknown] : []));
}

export const isDelivery = ({ f }: HistoryEvent) => f === "deliver" || f === "poll";

/** What a delivery of unknown outcome may have delivered: one element, one of a key, or any at all. */
export function perhapsDelivered(invoke: HistoryEvent): Partial<Sequenced> {
  return {
    ...(invoke.key === undefined ? {} : { key: invoke.key }),
    ...numbered.safeParse(invoke.value).data,
  };
}
