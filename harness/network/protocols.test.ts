import { expect } from "chai";
import fc from "fast-check";
import { EnvironmentError } from "../util/errors.ts";
import { protocolOf } from "./protocols.ts";

/** Answers as the servers give them. */
const answers: readonly (readonly [kind: string, answer: string])[] = [
  ["kafka", "\0\0\0\x0a\0\0\0\x01\0\0\0\0\0\0"],
  ["redis", "$3\r\n---\r\n"],
  ["redis", "-LOADING Redis is loading the dataset in memory\r\n"],
  ["sentinel", "$1\r\n-\r\n"],
  ["postgres", "R\0\0\0\x08\0\0\0\0S\0\0\0\x09ab\0c\0Z\0\0\0\x05I"],
  ["stt", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
  ["s3", "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n"],
  [
    "daglo",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1A\r\n{23456789012345678901234}.\r\n0\r\n\r\n",
  ],
];

describe("protocols", () => {
  for (const [kind, text] of answers) {
    it(`sees where an answer of ${kind} ends: ${JSON.stringify(text.slice(0, 12))}`, () => {
      const answer = Buffer.from(text, "latin1");
      fc.assert(
        fc.property(fc.nat(answer.length - 1), fc.uint8Array({ maxLength: 20 }), (cut, more) => {
          const { answerLength } = protocolOf(kind);
          expect(answerLength(answer.subarray(0, cut))).to.equal(undefined);
          expect(answerLength(Buffer.concat([answer, more]))).to.equal(answer.length);
        }),
      );
    });
  }

  it("asks questions as long as it is told to", () => {
    for (const [kind] of answers) {
      const { question } = protocolOf(kind);
      expect(question(1_000).length - question(0).length, kind).to.be.within(1_000, 1_010);
    }
  });

  it("knows no other kinds", () => {
    expect(() => protocolOf("teapot")).to.throw(EnvironmentError, "kind teapot");
  });
});
