import { mock } from "node:test";
import { expect } from "chai";
import { ConnectionEnd } from "./errors.ts";
import { keepBeating, negotiate } from "./heart-beat.ts";

describe("heart-beats", () => {
  it("run at the slower of what one can and the other wants, or not at all", () => {
    expect(negotiate("4000,20000", 10_000)).to.deep.equal({ fromClientMs: 10_000, toClientMs: 20_000 });
    expect(negotiate("30000,1", 10_000)).to.deep.equal({ fromClientMs: 30_000, toClientMs: 10_000 });
    expect(negotiate("0,5", 10_000)).to.deep.equal({ fromClientMs: 0, toClientMs: 10_000 });
    expect(negotiate(undefined, 10_000)).to.deep.equal({ fromClientMs: 0, toClientMs: 0 });
  });

  it("are refused when they are not two numbers", () => {
    for (const header of ["", "1", "1,2,3", "-1,0", "a,b", "1e3,0", "9999999999,0"]) {
      expect(() => negotiate(header, 10_000), header).to.throw(ConnectionEnd);
    }
  });

  describe("on a connection", () => {
    beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));
    afterEach(() => mock.timers.reset());

    function connection() {
      const counts = { beats: 0, pings: 0, silences: 0, read: 0, reading: true };
      const fake = {
        sendBeat: () => counts.beats++,
        ping: () => counts.pings++,
        bytesRead: () => counts.read,
        reading: () => counts.reading,
      };
      return { counts, fake, onSilent: () => counts.silences++ };
    }

    it("are sent, and a client that is silent for twice its promise is told apart from one that is not", () => {
      const { counts, fake, onSilent } = connection();
      using _beats = keepBeating({ toClientMs: 100, fromClientMs: 100 }, 100, fake, onSilent);
      for (let n = 0; n < 10; n++) {
        counts.read++;
        mock.timers.tick(100);
      }
      expect(counts).to.include({ beats: 10, silences: 0, pings: 0 });
      mock.timers.tick(100);
      expect(counts.silences).to.equal(0);
      mock.timers.tick(100);
      expect(counts.silences).to.equal(1);
    });

    it("are not missed while we do not read", () => {
      const { counts, fake, onSilent } = connection();
      using _beats = keepBeating({ toClientMs: 0, fromClientMs: 100 }, 100, fake, onSilent);
      counts.reading = false;
      mock.timers.tick(1_000);
      expect(counts).to.include({ beats: 0, silences: 0 });
    });

    it("are replaced by pings for a client that promises none", () => {
      const { counts, fake, onSilent } = connection();
      const beats = keepBeating({ toClientMs: 0, fromClientMs: 0 }, 100, fake, onSilent);
      mock.timers.tick(100);
      expect(counts).to.include({ pings: 1, silences: 0 });
      mock.timers.tick(100);
      expect(counts.silences).to.equal(1);
      beats[Symbol.dispose]();
      mock.timers.tick(1_000);
      expect(counts.silences).to.equal(1);
    });
  });
});
