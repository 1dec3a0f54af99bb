import { expect } from "chai";
import { checkHistory } from "../../../checkers/check.ts";
import { consumed } from "../../../checkers/consumed.ts";
import { log } from "../../../checkers/log.ts";
import { silences } from "../../../checkers/silence.ts";
import { cluster } from "../../../topology/cluster.ts";
import { UsageError } from "../../../util/errors.ts";
import { kafkaLog } from "../../kafka-log.ts";
import { type LoadBed, runWorkload, startLoadBed } from "../../testing/load-bed.ts";
import type { LogClientName } from "../log-clients.ts";
import { loadConfluent } from "./confluent-library.ts";

const confluentMissing = (() => {
  try {
    loadConfluent();
    return undefined;
  } catch (error) {
    return error;
  }
})();

describe("client libraries by their defaults", () => {
  let bed: LoadBed;
  before(async () => {
    bed = await startLoadBed(cluster({ kafka: 1 }));
  });
  after(() => bed?.[Symbol.asyncDispose]());

  // Going only forward: members that join one after the other are given records twice now and then, which is the library's right.
  const by = (client: LogClientName) => kafkaLog({ rate: 30, batch: 6, spread: true, client, topic: client });

  async function serve(client: LogClientName): Promise<void> {
    const before = bed.history.events.length;
    const stats = await runWorkload(
      bed,
      by(client),
      ({ sent, polled }) => sent >= 120 && polled >= 120,
      async () => {},
    );
    expect(stats).to.include({ refused: 0, indeterminate: 0, waiting: 0 });
    const events = bed.history.events.slice(before);
    const { results } = checkHistory(events, [log(), consumed()]);
    const [logged, taken] = results;
    // Not that nothing is there twice: by its defaults @platformatic/kafka repeats a whole send when one partition of a new
    // topic has no leader yet.
    expect(logged?.counts).to.include({ lost: 0, acknowledged: stats.sent });
    expect(taken?.verdict, taken?.reason).to.equal("passed");
    const { acknowledged, polled } = silences(events, events[0]?.time);
    expect([...acknowledged.hung, ...polled.hung]).to.deep.equal([]);
  }

  it("kafkajs serves a calm broker, with offsets where it says", () => serve("kafkajs-defaults"));

  it("@platformatic/kafka does", () => serve("platformatic-defaults"));

  if (confluentMissing) {
    it("@confluentinc/kafka-javascript: UNSUPPORTED HERE, the optional package is not installed; choosing it says so", () => {
      expect(() => by("confluent-defaults").start(bed.context)).to.throw(UsageError, "could not be loaded");
    });
  } else {
    it("@confluentinc/kafka-javascript does", () => serve("confluent-defaults"));
  }
});
