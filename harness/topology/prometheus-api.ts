import { request } from "undici";
import { z } from "zod";
import { EnvironmentError, messageOf } from "../util/errors.ts";

/** How an alert of a rule stands: `pending` while its expression holds and its `for` is not over. */
export type AlertState = "inactive" | "pending" | "firing";

/** An alert rule as Prometheus last evaluated it. */
export interface AlertStanding {
  readonly name: string;
  readonly state: AlertState;
}

/** A series of an answer: its labels, and its values in the order of their times; not a number where there is none. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

const answerSchema = z.union([
  z.object({ status: z.literal("success"), data: z.unknown() }),
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

const standingSchema = z.object({ name: z.string(), state: z.enum(["inactive", "pending", "firing"]) });

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(z.object({ name: z.string(), state: z.string(), health: z.string() })),
    }),
  ),
});

const point = z.tuple([z.number(), z.string()]).transform(([, value]) => Number(value));
const labels = z.record(z.string(), z.string());

const resultSchema = z.discriminatedUnion("resultType", [
  z.object({
    resultType: z.literal("matrix"),
    result: z.array(z.object({ metric: labels, values: z.array(point) })),
  }),
  z.object({
    resultType: z.literal("vector"),
    result: z.array(z.object({ metric: labels, value: point })),
  }),
  z.object({ resultType: z.literal("scalar"), result: point }),
]);

const metadataSchema = z.record(z.string(), z.array(z.object({ type: z.string() })));

/** The part of Prometheus' HTTP API that we use: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export class PrometheusApi {
  readonly #url: string;

  /** @param url its base URL. */
  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Every alert rule, quiet ones too. The series `ALERTS` has only those that are not quiet, so that a rule that was
   * never loaded looks like one that has nothing to say. A rule that has not been evaluated yet is left out: nobody knows how it stands,
   * whether Prometheus calls that inactive or, as later ones do, unknown.
   * @throws EnvironmentError when Prometheus does not answer, or answers with an error; so do all of these.
   */
  async alerts(): Promise<AlertStanding[]> {
    const { groups } = rulesSchema.parse(await this.#get("rules", { type: "alert" }));
    const evaluated = groups.flatMap(({ rules }) => rules).filter(({ health }) => health !== "unknown");
    return evaluated.map((rule) => standingSchema.parse(rule));
  }

  /** The value of an expression now. */
  query(expression: string): Promise<Series[]> {
    return this.#series("query", { query: expression });
  }

  /**
   * The values of an expression over a time.
   * @param from epoch seconds, as `to`.
   * @param stepSeconds between two values.
   */
  queryRange(expression: string, from: number, to: number, stepSeconds: number): Promise<Series[]> {
    const range = { start: String(from), end: String(to), step: String(stepSeconds) };
    return this.#series("query_range", { query: expression, ...range });
  }

  /** The names of all metrics that any target has told of, with or without series, and their types: `histogram`. */
  async metricTypes(): Promise<ReadonlyMap<string, string>> {
    const metadata = metadataSchema.parse(await this.#get("metadata", {}));
    return new Map(Object.entries(metadata).map(([name, [first]]) => [name, first?.type ?? "unknown"]));
  }

  async #series(path: string, parameters: Record<string, string>): Promise<Series[]> {
    const data = resultSchema.parse(await this.#get(path, parameters));
    if (data.resultType === "scalar") return [{ labels: {}, values: [data.result] }];
    if (data.resultType === "vector")
      return data.result.map(({ metric, value }) => ({ labels: metric, values: [value] }));
    return data.result.map(({ metric, values }) => ({ labels: metric, values }));
  }

  async #get(path: string, parameters: Record<string, string>): Promise<unknown> {
    const url = `${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const answer = await this.#answer(url);
    if (answer.status === "success") return answer.data;
    throw new EnvironmentError(
      `prometheus: ${answer.errorType}: ${answer.error}, in ${JSON.stringify(parameters)}`,
    );
  }

  /** Errors of queries have answers of their own, in JSON, with a status of 4xx. */
  async #answer(url: string): Promise<z.infer<typeof answerSchema>> {
    try {
      const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(5_000) });
      const text = await body.text();
      if (statusCode >= 500) throw new Error(`it answered ${statusCode}: ${text}`);
      return answerSchema.parse(JSON.parse(text));
    } catch (error) {
      throw new EnvironmentError(`prometheus gave no answer to ${url}: ${messageOf(error)}`, {
        hint: "is that the address of a Prometheus that runs? Its own log says more",
        cause: error,
      });
    }
  }
}
