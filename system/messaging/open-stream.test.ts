import { Readable } from "node:stream";
import { expect } from "chai";
import { openStream } from "./open-stream.ts";

describe("opening a stream", () => {
  it("hears of an error in the stream's first moment", async () => {
    const heard = Promise.withResolvers<Error>();
    await openStream<Readable>(
      (opened) =>
        setImmediate(() => {
          const failure = new Error("Client is closed.");
          opened(null, new Readable({ construct: (callback) => callback(failure) }));
        }),
      (stream) => stream.on("error", heard.resolve),
    );
    expect((await heard.promise).message).to.equal("Client is closed.");
  });

  it("rejects when there is none", async () => {
    const refused = openStream<Readable>(
      (opened) => opened(new Error("no coordinator")),
      () => {},
    );
    const outcome = await refused.catch((error: unknown) => String(error));
    expect(outcome).to.equal("Error: no coordinator");
  });
});
