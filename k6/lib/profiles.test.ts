import { expect } from "chai";
import { lengthOf, millisecondsOf, rateAt, shapeOf } from "./profiles.ts";
import { models, profiles, readSettings } from "./settings.ts";

const shape = (environment: Record<string, string>, iterationSeconds = 6) =>
  shapeOf(readSettings(environment), iterationSeconds);

describe("the profiles", () => {
  it("have the users and stages of the test plan", () => {
    expect(shape({ PROFILE: "smoke" }).scenario).to.include({
      executor: "shared-iterations",
      vus: 1,
      iterations: 3,
    });
    expect(shape({ PROFILE: "load" }).scenario)
      .to.deep.include({ executor: "ramping-vus" })
      .and.deep.include({
        stages: [
          { duration: "30s", target: 10 },
          { duration: "2m", target: 10 },
          { duration: "30s", target: 0 },
        ],
      });
    expect(shape({ PROFILE: "stress" }).scenario).to.deep.include({
      stages: [
        { duration: "30s", target: 50 },
        { duration: "1m", target: 100 },
      ],
    });
  });

  it("may be scaled in time, and keep their users", () => {
    const { scenario, arrivals } = shape({ PROFILE: "load", MODEL: "open", SCALE: "0.1" });
    expect(scenario).to.deep.include({
      stages: [
        { duration: "3000ms", target: 100 },
        { duration: "12000ms", target: 100 },
        { duration: "3000ms", target: 0 },
      ],
    });
    expect(lengthOf(scenario)).to.equal(18_000);
    expect(arrivals, "a tenth of the time has a tenth of the arrivals").to.be.closeTo(
      (shape({ PROFILE: "load", MODEL: "open" }).arrivals ?? 0) / 10,
      1,
    );
    expect(lengthOf(shape({ PROFILE: "breakpoint", SCALE: "0.25" }).scenario)).to.equal(150_000);
  });

  it("of the open model make as many arrivals as those users would", () => {
    const { scenario, arrivals } = shape({ PROFILE: "load", MODEL: "open" });
    expect(scenario).to.deep.include({
      executor: "ramping-arrival-rate",
      timeUnit: "1m",
      startRate: 10,
      stages: [
        { duration: "30s", target: 100 },
        { duration: "2m", target: 100 },
        { duration: "30s", target: 0 },
      ],
    });
    expect(arrivals, "55 a minute for 30 s, 100 for 2 min, 50 for 30 s").to.equal(
      Math.round(27.5 + 200 + 25),
    );
    expect(shape({ PROFILE: "smoke", MODEL: "open" })).to.deep.include({ arrivals: 3 });
  });

  it("of the closed model make what the service allows", () => {
    expect(shape({ PROFILE: "load" }).arrivals).to.equal(undefined);
  });

  it("find the breaking point in the open model only", () => {
    for (const MODEL of models) {
      const { scenario } = shape({ PROFILE: "breakpoint", MODEL, MAX_RATE: "20", DURATION: "5m" });
      expect(scenario).to.deep.include({
        executor: "ramping-arrival-rate",
        stages: [{ duration: "5m", target: 20 }],
      });
    }
  });

  it("have users at hand for all that an open load wants", () => {
    for (const PROFILE of profiles) {
      const { scenario } = shape({ PROFILE, MODEL: "open" });
      const wanted =
        scenario.executor === "ramping-arrival-rate" ? mostUsers(scenario.stages, scenario.timeUnit) : 1;
      expect(scenario, PROFILE).to.have.property("preAllocatedVUs").that.is.at.least(wanted);
    }
  });

  it("take the length of a soak", () => {
    expect(lengthOf(shape({ PROFILE: "soak" }).scenario)).to.equal(64 * 60_000);
    expect(lengthOf(shape({ PROFILE: "soak", DURATION: "8h" }).scenario)).to.equal((8 * 60 + 4) * 60_000);
    expect(lengthOf(shape({ PROFILE: "smoke", MODEL: "open" }).scenario)).to.equal(18_000);
  });
});

const mostUsers = (stages: readonly { target: number }[], timeUnit = "1s") =>
  (Math.max(...stages.map(({ target }) => target)) / millisecondsOf(timeUnit)) * 6_000;

describe("the rate of a ramp", () => {
  const { scenario } = shape({ PROFILE: "load", MODEL: "open" });

  it("is between those at the ends of its stage, by the second", () => {
    expect(rateAt(scenario, 0)).to.equal(10 / 60);
    expect(rateAt(scenario, 15_000)).to.equal(55 / 60);
    expect(rateAt(scenario, 60_000)).to.equal(100 / 60);
    expect(rateAt(scenario, 165_000)).to.equal(50 / 60);
  });

  it("is the last one after the end", () => {
    expect(rateAt(scenario, 500_000)).to.equal(0);
  });

  it("is none where the service decides it", () => {
    expect(rateAt(shape({ PROFILE: "load" }).scenario, 0)).to.equal(undefined);
  });
});

describe("a duration", () => {
  it("is read in k6's notation", () => {
    expect(["500ms", "90s", "1h30m", "1m0.5s"].map(millisecondsOf)).to.deep.equal([
      500, 90_000, 5_400_000, 60_500,
    ]);
  });

  for (const none of ["", "5", "s", "5 s", "5d", "-5s"]) {
    it(`is not ${JSON.stringify(none)}`, () => {
      expect(() => millisecondsOf(none)).to.throw("no duration");
    });
  }
});
