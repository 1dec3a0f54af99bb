import { join } from "node:path";
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { AddressPlan } from "../../harness/network/addresses.ts";
import { provision } from "../../harness/provision/provision.ts";
import type { Node } from "../../harness/runtime/node.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { s3Access, s3Node } from "../../harness/topology/s3.ts";
import type { S3Config } from "../config.ts";
import { AudioStoreUnavailable, sha256Of } from "./audio-store.ts";
import { keepsTheContract, rejectionOf } from "./audio-store-contract.test.ts";
import { S3AudioStore } from "./s3-audio-store.ts";

describe("the S3 audio store", () => {
  const stack = new AsyncDisposableStack();
  let server: Node;
  let config: S3Config;
  let client: S3Client;
  let store: S3AudioStore;

  before(async () => {
    const installed = await provision(["s3"]);
    const { signal } = new AbortController();
    const runtime = stack.use(
      new ProcessRuntime({ runId: `s3-tests-${process.pid}`, command: "tests of the audio store", signal }),
    );
    const plan = new AddressPlan(runtime.slot, ["s3", "tests"]);
    server = runtime.add(s3Node(plan, installed.s3, join(runtime.dataFolder, "audio")));
    await server.start();
    const { accessKeyId, secretAccessKey, bucket, region } = s3Access(plan, "tests");
    const endpoint = `http://${server.address}`;
    config = {
      bucket,
      region,
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    };
    client = new S3Client({
      region,
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    stack.defer(() => client.destroy());
    store = stack.use(new S3AudioStore(config));
  });
  after(() => stack.disposeAsync());

  async function list(id: string): Promise<string[]> {
    const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket: config.bucket }));
    expect(uploads.Uploads ?? [], "uploads that were neither completed nor given up").to.deep.equal([]);
    const objects = await client.send(new ListObjectsV2Command({ Bucket: config.bucket, Prefix: `${id}/` }));
    return (objects.Contents ?? []).map(({ Key = "" }) => Key.slice(id.length + 1)).toSorted();
  }

  keepsTheContract(() => ({ store, list }));

  const bytes = Buffer.from("ab");
  const everything = (one: S3AudioStore) =>
    Promise.all(
      [
        one.check(),
        one.putChunk("r1", 0, bytes, sha256Of(bytes)),
        one.readChunks("r1", [{ seq: 0, bytes: 2, sha256: "" }]).next(),
        one.writeWav("r1", one.readChunks("r1", [])),
        one.openWav("r1"),
      ].map(rejectionOf),
    );
  const expectUnavailable = (refusals: readonly unknown[]) => {
    for (const refusal of refusals) expect(refusal).to.be.instanceOf(AudioStoreUnavailable);
  };

  it("refuses a bucket that is not there, and keys that are wrong", async () => {
    using noBucket = new S3AudioStore({ ...config, bucket: "no-such-bucket" });
    expectUnavailable([await rejectionOf(noBucket.check())]);
    using strange = new S3AudioStore({
      ...config,
      credentials: { accessKeyId: "somebody", secretAccessKey: "something" },
    });
    expectUnavailable(await everything(strange));
  });

  it("is unavailable while the server is stopped or hangs, and works again afterwards", async () => {
    await server.stop();
    expectUnavailable(await everything(store));
    await server.start();
    await store.check();
    await server.pause();
    try {
      expectUnavailable(await everything(store));
    } finally {
      await server.resume();
    }
    await store.check();
  });
});
