import { Network } from "../network/network.ts";
import { Toxiproxy } from "../network/toxiproxy.ts";
import { UsageError } from "../util/errors.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import { RedisServers } from "./redis-servers.ts";
import type { Topology } from "./topology.ts";

/**
 * A service that runs already and is not ours: nothing is started, nothing can be struck, and nothing is known of it but its address.
 * @param jwtSecret of the tokens it accepts; empty: the load has a token of its own.
 */
export function elsewhere(baseUrl: string, jwtSecret: string): Topology {
  return {
    name: baseUrl,
    key: `elsewhere ${baseUrl}`,
    components: [],
    nodes: [],
    async start({ runtime }) {
      const kafka = new KafkaCluster([]);
      return {
        nodes: [],
        network: new Network(new Toxiproxy("127.0.0.1:0"), []), // without links its proxy server is never asked
        kafka,
        redis: new RedisServers([]),
        services: [{ name: "service", baseUrl }],
        lockers: [],
        consumers: [],
        load: { kafka: [] },
        jwtSecret,
        upstreamUrl: "",
        audioFolder: runtime.dataFolder,
        endpoints: { service: baseUrl },
        node(name) {
          throw new UsageError(`there is no node ${name}: the service is not one of ours`);
        },
        [Symbol.asyncDispose]: () => kafka[Symbol.asyncDispose](),
      };
    },
  };
}
