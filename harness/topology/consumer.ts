import { fileURLToPath } from "node:url";
import type { AddressPlan } from "../network/addresses.ts";
import type { NodeSpec } from "../runtime/node.ts";
import { bootstrapServers, type KafkaOptions } from "./kafka.ts";
import { programNode } from "./program-node.ts";

const port = 18200;
const program = fileURLToPath(new URL("../workload/kafka/consumer-main.ts", import.meta.url));

/** Names of the consumers of the workload `kafkaLog` that are processes of their own: consumer-1, consumer-2, ... */
export const consumerNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `consumer-${index + 1}`);

/** The ports that the load uses of them. */
export const consumerPorts: readonly number[] = [port];

/** A consumer, as `client` reaches it. */
export const consumerUrl = (plan: AddressPlan, client: string, name: string): string =>
  `http://${plan.link(client, name)}:${port}`;

/** A process that consumes as a member of a group when it is told to, with links of its own to every broker. */
export function consumerNode(name: string, plan: AddressPlan, kafka: KafkaOptions): NodeSpec {
  const host = plan.real(name);
  return programNode({
    ...{ name, host, port, entry: program },
    kind: "consumer",
    env: {
      CONSUMER_NAME: name,
      CONSUMER_HOST: host,
      CONSUMER_PORT: String(port),
      CONSUMER_BROKERS: bootstrapServers(kafka, name).join(","),
    },
  });
}
