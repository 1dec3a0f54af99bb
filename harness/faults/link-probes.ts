import {
  type Answer,
  Conversation,
  exchange,
  NoAnswerError,
  type Peer,
  type Question,
} from "../network/exchange.ts";
import type { Link } from "../network/link.ts";
import { protocolOf } from "../network/protocols.ts";
import type { Direction } from "../network/toxiproxy.ts";
import { hostPort } from "../util/host-port.ts";
import { together } from "../util/together.ts";
import type { FaultContext } from "./fault.ts";

/** How long an answer may take over a link that is not slowed. */
export const answerMs = 2_000;

/** One proxy of a link, and the two ways to its node: as the link's source has it, and past all links. */
export interface Place {
  /** For people: `stt-1 -> kafka-2:19101`. */
  readonly name: string;
  readonly through: Peer;
  readonly direct: Peer;
}

/** Where the effect of damage to a link is measured: at each of its proxies. */
export function placesOf({ topology }: Pick<FaultContext, "topology">, link: Link): Place[] {
  const { from, to, proxies } = link;
  const protocol = protocolOf(topology.node(to).kind);
  const source = link.source ?? hostOf(topology.nodes.find(({ name }) => name === from)?.address);
  return proxies.map(({ listen, upstream }) => ({
    name: `${from} -> ${to}:${hostPort(listen).port}`,
    through: { address: listen, protocol, ...(source === undefined ? {} : { source }) },
    direct: { address: upstream, protocol },
  }));
}

const hostOf = (address: string | undefined): string | undefined => address && hostPort(address).host;

/**
 * Proves the same of every place of links.
 * @throws the first failure, when all have been tried.
 */
export async function provenAtEach(
  { topology, links }: Pick<FaultContext, "topology" | "links">,
  prove: (place: Place) => Promise<string>,
): Promise<string> {
  const places = links.flatMap((link) => placesOf({ topology }, link));
  const proofs = await together(places.map(prove));
  const shown = proofs.slice(0, 3).join("; ");
  return proofs.length > 3 ? `${shown}; and ${proofs.length - 3} more likewise` : shown;
}

/** How long no answer is silence; one over loopback takes a few milliseconds. */
const silentMs = 500;

/**
 * Proves that a proxy of a link is silent: nothing comes back over it, not even a refusal, while its node, asked past the
 * link at the same time, answers.
 */
export async function provenSilentAt({ name, through, direct }: Place): Promise<string> {
  const [outcome, answer] = await Promise.all([
    outcomeOf(through, silentMs),
    askedDirectly(direct, answerMs),
  ]);
  if (outcome !== "silent") throw new Error(`${name}: ${outcome}, not silent`);
  if (answer.ms > silentMs / 2) throw new Error(`${name}: the node itself took ${shownMs(answer.ms)}`);
  return `${name}: no answer in ${silentMs} ms, where past the link it takes ${shownMs(answer.ms)}`;
}

/** Proves that a node answers over a proxy of a link. */
export async function provenAnsweringAt({ name, through }: Place): Promise<string> {
  const { ms } = await exchange(through, { deadlineMs: answerMs });
  return `${name} answers in ${shownMs(ms)}`;
}

/**
 * What a node answers past the link: what the effect is told from.
 * @throws Error when it does not: then the damage cannot be told from the node's own state.
 */
async function askedDirectly(direct: Peer, deadlineMs: number): Promise<Answer> {
  try {
    return await exchange(direct, { deadlineMs });
  } catch (error) {
    throw new Error(
      "the node does not answer past the link either, so that nothing can be told of the link",
      {
        cause: error,
      },
    );
  }
}

/** How asking ends: `answered`, or why not. */
export async function outcomeOf(peer: Peer, deadlineMs: number): Promise<string> {
  try {
    await exchange(peer, { deadlineMs });
    return "answered";
  } catch (error) {
    if (error instanceof NoAnswerError) return error.outcome;
    throw error;
  }
}

/**
 * The milliseconds of some round trips over one connection. The shortest is what the way costs, without what the
 * machine's load adds.
 * @throws NoAnswerError when an answer does not come in time.
 */
export async function roundTrips(peer: Peer, count: number, question: Question): Promise<number[]> {
  await using conversation = await Conversation.open(peer, question.deadlineMs);
  const times: number[] = [];
  for (let index = 0; index < count; index++) times.push((await conversation.ask(question)).ms);
  return times;
}

/**
 * Questions that move so many bytes one way, by what one of them moves past the link.
 * @throws NoAnswerError when the node does not answer.
 */
export async function questionsOf(
  { direct }: Place,
  stream: Direction,
  bytes: number,
): Promise<Omit<Question, "deadlineMs"> & { readonly count: number }> {
  const padding = stream === "upstream" ? 1_000 : 0;
  const answer = await exchange(direct, { padding, deadlineMs: answerMs });
  return { padding, count: Math.ceil(bytes / (stream === "upstream" ? answer.sent : answer.received)) };
}

/** Milliseconds for people: `0.4 ms`, `312 ms`. */
export const shownMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
