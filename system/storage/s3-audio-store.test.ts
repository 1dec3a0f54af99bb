import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { AudioStoreUnavailable, sha256Of } from "./audio-store.ts";
import { S3AudioStore } from "./s3-audio-store.ts";

/** A store on a server that answers as the real ones do only in rare moments, or not at all. */
async function storeOn(answer: RequestListener): Promise<S3AudioStore & AsyncDisposable> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(request, response));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const store = new S3AudioStore({
    bucket: "audio",
    region: "here",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    forcePathStyle: true,
  });
  return Object.assign(store, {
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      server.close();
      server.closeAllConnections();
    },
  });
}

const refusal = (code: string) => `<Error><Code>${code}</Code></Error>`;

const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => new Error("it did not reject"),
    (reason: unknown) => reason,
  );

describe("the S3 audio store", () => {
  it("will not work with a server that writes over what is there", async () => {
    await using store = await storeOn((_request, response) => response.end());
    const error = await rejectionOf(store.check());
    expect(error).to.be.instanceOf(AudioStoreUnavailable);
    expect(String(error)).to.match(/ignores If-None-Match: choose one with conditional writes/);
  });

  it("promises nothing while another write of the chunk is under way, of which nothing is left", async () => {
    await using store = await storeOn((request, response) => {
      const [status, code] =
        request.method === "PUT" ? [409, "ConditionalRequestConflict"] : [404, "NoSuchKey"];
      response.writeHead(status, { "content-type": "application/xml" }).end(refusal(code));
    });
    const bytes = Buffer.from("ab");
    const error = await rejectionOf(store.putChunk("r1", 0, bytes, sha256Of(bytes)));
    expect(error).to.be.instanceOf(AudioStoreUnavailable);
    expect(String(error)).to.match(/r1\/chunks\/00000000.*another write of it was under way/);
  });
});
