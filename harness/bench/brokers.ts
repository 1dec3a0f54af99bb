import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AddressPlan } from "../network/addresses.ts";
import { Toxiproxy } from "../network/toxiproxy.ts";
import { execute } from "../provision/execute.ts";
import type { Installed } from "../provision/provision.ts";
import type { Node, NodeSpec } from "../runtime/node.ts";
import { bootstrapServers, kafkaLinks, kafkaNames, kafkaNodes } from "../topology/kafka.ts";
import { KafkaCluster } from "../topology/kafka-cluster.ts";
import { toxiproxyNode } from "../topology/toxiproxy.ts";
import { together } from "../util/together.ts";
import { until } from "../util/until.ts";
import type { BenchContext } from "./benchmark.ts";
import { newRuntime, provisioned } from "./environment.ts";

const brokers = 3;
const client = "bench";

/** 16 bytes in base64url, as Kafka wants it; the one of the storage template would do as well. */
const plainClusterId = Buffer.from("faultline bench!").toString("base64url");

/** Brokers that are up, until `use` is done with them. */
interface StartedBrokers {
  /** From the call to all brokers seeing all others. */
  readonly startMs: number;
  readonly nodes: readonly Node[];
}

/**
 * Starts three brokers and nothing else but the proxies between them, hands them to `use`, and ends them.
 * @param kind `ours`: as every topology starts them; `plain`: the baseline, see {@link withoutStartUpWork}.
 */
export async function withBrokers<T>(
  kind: "ours" | "plain",
  context: BenchContext,
  use: (started: StartedBrokers) => T,
): Promise<T> {
  const installed = await provisioned(context);
  await using runtime = newRuntime(context);
  const plan = new AddressPlan(runtime.slot, [...kafkaNames(brokers), "toxiproxy", client]);
  const options = { plan, brokers, clients: [client] };
  const proxyServer = runtime.add(toxiproxyNode(plan, installed.toxiproxy));
  await proxyServer.start();
  await new Toxiproxy(proxyServer.address).populate(kafkaLinks(options).flatMap(({ proxies }) => proxies));

  await using cluster = new KafkaCluster(bootstrapServers(options, client));
  const ours = kafkaNodes(options, installed.kafka, (broker) => cluster.hasJoined(broker));
  const specs =
    kind === "ours" ? ours : ours.map((spec) => withoutStartUpWork(spec, installed.kafka, context.signal));
  const nodes = specs.map((spec) => runtime.add(spec));

  const start = performance.now();
  // All settle before a failure is thrown: a broker that starts after the clean-up would be left behind.
  await together(nodes.map((node) => node.start()));
  await until(() => cluster.isComplete(), "all brokers are in the cluster")
    .unless(context.signal)
    .atMost("60s");
  return use({ startMs: performance.now() - start, nodes });
}

/**
 * The same broker, with the same configuration and the same probe, started the plain way: Java's default flags, no
 * class archive, and its storage formatted by Kafka's own tool.
 */
function withoutStartUpWork(spec: NodeSpec, kafka: Installed["kafka"], signal: AbortSignal): NodeSpec {
  return {
    ...spec,
    args: spec.args.filter((argument) => !argument.startsWith("-X")),
    prepare: async (folder) => {
      await spec.prepare(folder);
      await rm(join(folder, "data"), { recursive: true });
      await mkdir(join(folder, "data"));
      const format = ["format", "-t", plainClusterId, "-c", "server.properties"];
      await execute(kafka.java, ["-cp", kafka.classpath, "kafka.tools.StorageTool", ...format], {
        cwd: folder,
        signal,
        timeoutMs: 120_000,
      });
    },
  };
}
