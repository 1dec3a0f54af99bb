import { expect } from "chai";
import fc from "fast-check";
import { eventSchema, phases } from "./event.ts";
import { parseEvent } from "./parse-event.ts";

/** What a reading of a line comes to: the event, or the problem. */
function outcome(read: () => unknown): unknown {
  try {
    return { event: read() };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const events = fc.record({
  index: fc.maxSafeNat(),
  time: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  type: fc.constantFrom("invoke", "ok", "fail", "info"),
  process: fc.nat(),
  f: fc.string(),
  key: optional(fc.string()),
  value: optional(fc.jsonValue()),
  node: optional(fc.string()),
  phase: optional(fc.constantFrom(...phases)),
  error: optional(fc.string()),
  intended: optional(fc.nat()),
});

const fields = [...Object.keys(eventSchema.shape), "extra", "__proto__"];
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(-1, 0.5, -0, 1e300, 2 ** 53, "", null, "invoke", "later"),
);

describe("parsing an event", () => {
  it("says of any line what the schema says", () => {
    const changes = fc.array(
      fc.record({ field: fc.constantFrom(...fields), value: fc.option(odd, { nil: undefined }) }),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(events, changes, (event, changed) => {
        const fieldsOf = new Map<string, unknown>(Object.entries(event));
        for (const { field, value } of changed) fieldsOf.set(field, value);
        const line = `{${[...fieldsOf]
          .filter(([, value]) => value !== undefined)
          .map(([field, value]) => `${JSON.stringify(field)}:${JSON.stringify(value)}`)
          .join(",")}}`;
        expect(outcome(() => parseEvent(line))).to.deep.equal(
          outcome(() => eventSchema.parse(JSON.parse(line))),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it("says of any line that was cut, or has another character, what the schema says", () => {
    fc.assert(
      fc.property(events, fc.nat(), fc.string({ maxLength: 2 }), (event, at, put) => {
        const whole = JSON.stringify(event);
        const cut = at % whole.length;
        const line = whole.slice(0, cut) + put + (put === "" ? "" : whole.slice(cut + 1));
        expect(outcome(() => parseEvent(line))).to.deep.equal(
          outcome(() => eventSchema.parse(JSON.parse(line))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("knows numbers that JSON can write and JavaScript cannot hold", () => {
    const line = (time: string) => `{"index":0,"time":${time},"type":"ok","process":0,"f":"read"}`;
    expect(() => parseEvent(line("1e999"))).to.throw();
    expect(parseEvent(line("1e30")).time).to.equal(1e30);
  });
});
