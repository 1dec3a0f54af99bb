import { expect } from "chai";
import { tokensText } from "./speech.ts";

describe("the recogniser's vocabulary", () => {
  const token = (bytes: string) => {
    const content = Buffer.from(bytes, "latin1");
    const { length } = content;
    const prefix = length < 128 ? [length] : [128 + (length % 128), Math.floor(length / 128)];
    return Buffer.concat([Buffer.from(prefix), content]);
  };
  const decoded = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([base64 = "", number]) => [Buffer.from(base64, "base64").toString("latin1"), Number(number)]);

  it("is written as sherpa-onnx reads it: numbered, in base64, with spaces for word marks", () => {
    const tokenizer = Buffer.concat([token("<unk>"), token("\xe2\x96\x81the"), token(""), token("\x81")]);
    expect(decoded(tokensText(tokenizer))).to.deep.equal([
      ["<unk>", 0],
      [" the", 1],
      ["", 2],
      ["\x81", 3],
    ]);
  });

  it("may have long tokens", () => {
    expect(decoded(tokensText(Buffer.concat([token("x".repeat(300)), token("y")])))).to.deep.equal([
      ["x".repeat(300), 0],
      ["y", 1],
    ]);
  });

  it("is refused when it is cut off", () => {
    expect(() => tokensText(token("the").subarray(0, 3))).to.throw("ends within token 0");
  });
});
