import { Forbidden, InvalidTransition } from "./errors.ts";

/** One arrow: from these states, this verb, to that state, by these actors. "SYS" is the system, never in the API. */
export interface Arrow<State extends string, Verb extends string, Actor extends string> {
  from: readonly State[];
  verb: Verb;
  /** Null keeps the state, or returns to the one it left, which the row remembers. */
  to: State | null;
  who: readonly Actor[];
}

/** A state machine as data: `allowedActions`, refusals and the README's diagrams read the same table. */
export interface Machine<State extends string, Verb extends string, Actor extends string> {
  entity: string;
  arrows: readonly Arrow<State, Verb, Actor>[];
}

/** The verbs that an actor holding these parts may use on this state, in the table's order, each once. */
export function allowedActions<S extends string, V extends string, A extends string>(
  machine: Machine<S, V, A>,
  state: S,
  parts: ReadonlySet<A>,
): V[] {
  const verbs = machine.arrows.filter((arrow) => arrow.from.includes(state) && arrow.who.some((actor) => actor !== "SYS" && parts.has(actor)));
  return [...new Set(verbs.map((arrow) => arrow.verb))];
}

/**
 * The arrow that a verb takes from this state. Throws Forbidden if none of the actor's parts may ever use the verb, InvalidTransition
 * (which names what is allowed now, all that the machine allows unless `possible` says otherwise) if the state has no such arrow.
 */
export function walk<S extends string, V extends string, A extends string>(
  machine: Machine<S, V, A>,
  state: S,
  verb: NoInfer<V>,
  parts: ReadonlySet<A>,
  possible = () => allowedActions(machine, state, parts),
): Arrow<S, V, A> {
  const ofVerb = machine.arrows.filter((arrow) => arrow.verb === verb);
  const mine = ofVerb.filter((arrow) => arrow.who.some((actor) => parts.has(actor)));
  if (mine.length === 0) throw new Forbidden(`${verb} on this ${machine.entity} is not yours; it is for ${[...new Set(ofVerb.flatMap((a) => a.who))].join(", ")}.`);
  const arrow = mine.find((candidate) => candidate.from.includes(state));
  if (arrow) return arrow;
  const allowed = possible();
  throw new InvalidTransition(
    `${verb} is not possible while the ${machine.entity} is ${state}. Possible now: ${allowed.join(", ") || "nothing"}.`,
    state,
    allowed,
  );
}
