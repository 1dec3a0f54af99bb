import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import type { AddressPlan } from "../network/addresses.ts";
import { type Link, link } from "../network/link.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";

const port = 17070;
const name = "s3";
const bucket = "audio";
const accessKeyId = "faultline";
const secretAccessKey = "a secret of the test bed, for its bucket";

/** Links from every client to the S3-compatible server. */
export const s3Links = (plan: AddressPlan, clients: readonly string[]): Link[] =>
  clients.map((client) => link(plan, client, name, [port]));

/** How a client reaches the bucket. */
export const s3Access = (plan: AddressPlan, client: string) => ({
  endpoint: `http://${plan.link(client, name)}:${port}`,
  bucket,
  region: "us-east-1",
  accessKeyId,
  secretAccessKey,
});

/** Where the bucket's objects lie as files, each under its key. */
export const s3BucketFolder = (folder: string): string => join(folder, "buckets", bucket);

/**
 * An S3-compatible server (Versity S3 Gateway) whose objects are files in a folder.
 * @param folder outlives the node, as disks do.
 */
export function s3Node(plan: AddressPlan, { server }: Installed["s3"], folder: string): NodeSpec {
  const address = `${plan.real(name)}:${port}`;
  const health = "/health";
  return {
    name,
    kind: "s3",
    address,
    command: server,
    args: [
      ...["--port", address, "--health", health, "--keep-alive", "--quiet"],
      // Metadata beside the objects, not in extended attributes: not every file system has those.
      ...["posix", "--sidecar", join(folder, "metadata"), join(folder, "buckets")],
    ],
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    prepare: async () => {
      await mkdir(join(folder, "metadata"), { recursive: true });
      await mkdir(join(folder, "buckets", bucket), { recursive: true });
    },
    ready: async () => {
      const response = await request(`http://${address}${health}`, { signal: AbortSignal.timeout(1_000) });
      await response.body.dump();
      return response.statusCode === 200;
    },
    readyWithin: "10s",
    stopSignal: "SIGTERM",
  };
}
