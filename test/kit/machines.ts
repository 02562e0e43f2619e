import { isDeepStrictEqual } from "node:util";
import { LIMITS } from "../../src/core/limits.ts";
import { allowedActions, type Machine } from "../../src/core/machine.ts";
import type { Caller, World } from "./world.ts";

/** A row on its machine, and somebody before it. */
export interface Subject {
  type: string;
  /** Opaque. */
  id: string;
  /** The field that says where it stands. */
  field: "state" | "status" | "level";
  machine: Machine<any, any, any>;
  state: string;
  /** What the caller is to the row, as the domain has it. */
  parts: readonly string[];
  /** Verbs of the table that the row doesn't offer as it stands now. */
  withheld?: readonly string[];
  /** Verbs on the other rows leave it where it is. */
  isApart?: boolean;
}

/** How a verb is called. */
export interface Call {
  /** Whose machine it walks, by the name of its type. */
  on: string;
  input: Record<string, unknown>;
  /** Of verbs that take whatever waits, in place of the table: the payload's list that says what they took, and whether it is the row. */
  takes?: { list: string; isTaken: boolean };
  /** What refuses it, though the table has the arrow; and where `isBarred`, before the table is asked. */
  guard?: RegExp;
  isBarred?: boolean;
}

/** An event, as far as a machine says what it tells. */
export interface Told {
  type: string;
  subjectType: string;
  from: string | null;
  to: string | null;
  actorId: string;
}

/** All that was told of a row, in order. */
export async function toldAbout({ sql }: World, id: string): Promise<Told[]> {
  return [...await sql<Told[]>`select type, subject_type as "subjectType", from_state as "from", to_state as "to", actor_id as "actorId"
    from events where subject_id = ${id} order by id`];
}

/** Rows as they were staged for a caller, and every verb of their machines. */
export interface Stand {
  subjects: readonly Subject[];
  calls: Record<string, Call>;
  /** Puts the rows where they are to stand. */
  reset: () => Promise<void>;
  /** Everything that a verb may change, and where each subject stands. */
  snapshot: () => Promise<{ rows: string; states: Record<string, string> }>;
  /** All that was told of the one row that there is, in order: each verb that is done is then told once, as the machine has it. */
  told?: () => Promise<Told[]>;
}

interface Answer {
  __typename: string;
  code?: string;
  message?: string;
  state?: string;
  allowedActions?: string[];
  taken?: unknown[];
}

const REFUSAL = "__typename ... on Refusal { code message } ... on InvalidTransitionRefusal { state allowedActions }";
const titleOf = (verb: string) => `${verb[0]!.toUpperCase()}${verb.slice(1)}`;

async function callAll(caller: Caller, calls: readonly (readonly [string, Call])[]): Promise<Record<string, Answer>> {
  if (calls.length === 0) return {};
  const inputs = calls.map(([verb]) => `$${verb}: ${titleOf(verb)}Input!`).join(", ");
  const taken = (verb: string, { takes }: Call) => (takes ? ` ... on ${titleOf(verb)}Payload { taken: ${takes.list} { id } }` : "");
  const verbs = calls.map(([verb, call]) => `${verb}(input: $${verb}) { ${REFUSAL}${taken(verb, call)} }`).join("\n");
  return caller.ask(`mutation (${inputs}) { ${verbs} }`, Object.fromEntries(calls.map(([verb, { input }]) => [verb, input])));
}

// As many at a time as an operation may have.
async function callEach(caller: Caller, calls: readonly (readonly [string, Call])[]): Promise<Record<string, Answer>> {
  if (calls.length <= LIMITS.rootFields) return callAll(caller, calls);
  return { ...(await callAll(caller, calls.slice(0, LIMITS.rootFields))), ...(await callEach(caller, calls.slice(LIMITS.rootFields))) };
}

type Seen = Record<string, { state: string; allowedActions: string[] } | null>;

async function see(caller: Caller, subjects: readonly Subject[]): Promise<Seen> {
  const fields = subjects.map(({ type, id, field }) => `${type}: node(id: "${id}") { ... on ${type} { state: ${field} allowedActions } }`);
  return caller.ask(`{ ${fields.join("\n")} }`);
}

const said = (answer: Answer) => JSON.stringify(answer);
const uses = ({ machine, parts }: Subject, verb: string) =>
  machine.arrows.some((arrow) => arrow.verb === verb && arrow.who.some((actor) => parts.includes(actor)));

function isRefusedWell(answer: Answer, verb: string, subject: Subject, seen: Seen[string], { takes }: Call): boolean {
  if (takes) return answer.code === "FORBIDDEN" || answer.code === "NOT_FOUND" || answer.taken?.length === 0;
  if (!seen) return answer.code === "NOT_FOUND" || answer.code === "FORBIDDEN";
  if (!uses(subject, verb)) return answer.code === "FORBIDDEN";
  const { __typename, code, message, state, allowedActions } = answer;
  const isWhole = __typename === "InvalidTransitionRefusal" && code === "CONFLICT" && state === subject.state;
  const words = `while the ${subject.machine.entity} is ${subject.state}. Possible now: ${seen.allowedActions.join(", ") || "nothing"}.`;
  return isWhole && String(allowedActions) === String(seen.allowedActions) && message!.endsWith(words);
}

// Where a verb was done, every row that moved did so along an arrow of that verb, and the row that it is about went where its arrow leads.
function strayed(verb: string, { on, takes }: Call, subjects: readonly Subject[], after: Record<string, string>): string[] {
  return subjects.flatMap(({ type, machine, state, isApart }) => {
    const to = after[type]!;
    const arrows = machine.arrows.filter((arrow) => arrow.verb === verb && arrow.from.includes(state));
    const stays = arrows.some((arrow) => arrow.to === null) || (type !== on && (isApart || arrows.length === 0)) || takes !== undefined;
    const isFine = to === state ? stays || arrows.some((arrow) => arrow.to === state) : arrows.some((arrow) => arrow.to === to);
    return isFine ? [] : [`${verb} took the ${type} from ${state} to ${to}`];
  });
}

/** What is told of a row that a verb leaves in this state: the state it came to, or the verb that left it where it was. */
export function tellingOf({ type, machine, state: from }: Subject, verb: string, to: string, actorId: string): Told {
  const moved = to === from ? null : { from, to };
  const what = moved ? to.toLowerCase() : verb;
  return { type: `${machine.entity.replaceAll(" ", "_")}.${what}`, subjectType: type, from: null, to: null, ...moved, actorId };
}

const mistold = (found: readonly Told[], expected: readonly Told[]) =>
  isDeepStrictEqual(found, expected) ? [] : [`told ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];

function isDone(verb: string, { __typename, taken }: Answer, { takes }: Call): boolean {
  return __typename === `${titleOf(verb)}Payload` && (!takes || taken!.length > 0);
}

const isGuards = ({ __typename, message }: Answer, { guard }: Call) => __typename === "ConflictRefusal" && guard?.test(message!) === true;

function isStopped(verb: string, { guard, isBarred }: Call, { machine, state, parts, withheld = [] }: Subject): boolean {
  if (!guard || !withheld.includes(verb)) return false;
  return isBarred ? parts.length > 0 : allowedActions(machine, state, new Set(parts)).includes(verb);
}

function misshown({ type, machine, state, parts, withheld = [] }: Subject, shown: Seen[string]): string[] {
  const expected = allowedActions(machine, state, new Set(parts)).filter((verb) => !withheld.includes(verb));
  if (!shown || (shown.state === state && String(shown.allowedActions) === String(expected))) return [];
  return [`the ${type} shows ${JSON.stringify(shown)}, not ${state} with ${expected.join(", ")}`];
}

/**
 * Calls every verb as somebody, on rows that stand where they are staged: what is wrong with the answers. What the tables don't have is
 * refused with what they have now, or as forbidden or absent, and nothing moves. What the rows offer is done along its arrow, or refused by
 * a guard that is named. Where it is asked what was told, what is done is told once, and what is refused is not.
 */
export async function walkAll(caller: Caller, { subjects, calls, reset, snapshot, told }: Stand): Promise<string[]> {
  await reset();
  const [seen, before] = [await see(caller, subjects), await snapshot()];
  let known = (await told?.())?.length ?? 0;
  const wrong = subjects.flatMap((subject) => misshown(subject, seen[subject.type]!));
  const offered = new Set(subjects.flatMap(({ type }) => seen[type]?.allowedActions ?? []));
  const all = Object.entries(calls);
  const isPossible = ([verb, { takes }]: [string, Call]) => (takes ? takes.isTaken : offered.has(verb));
  const answers = await callEach(caller, all.filter((each) => !isPossible(each)));
  for (const [verb, answer] of Object.entries(answers)) {
    const call = calls[verb]!;
    const subject = subjects.find(({ type }) => type === call.on)!;
    const shown = seen[subject.type]!;
    const isGuarded = shown && isStopped(verb, call, subject) && isGuards(answer, call);
    if (!isGuarded && !isRefusedWell(answer, verb, subject, shown, call)) wrong.push(`${verb}, not offered, answers ${said(answer)}`);
  }
  if ((await snapshot()).rows !== before.rows) wrong.push("a refused verb changed something");
  if (told) wrong.push(...mistold((await told()).slice(known), []));
  for (const [verb, call] of all.filter(isPossible)) {
    await reset();
    const answer = (await callAll(caller, [[verb, call]]))[verb]!;
    if (isDone(verb, answer, call)) {
      const { states } = await snapshot();
      wrong.push(...strayed(verb, call, subjects, states));
      if (!told) continue;
      const subject = subjects.find(({ type }) => type === call.on)!;
      const found = await told();
      const expected = [tellingOf(subject, verb, states[subject.type]!, caller.principalId)];
      wrong.push(...mistold(found.slice(known), expected).map((each) => `${verb} ${each}`));
      known = found.length;
    } else if (!isGuards(answer, call)) wrong.push(`${verb}, offered, answers ${said(answer)}`);
  }
  return wrong;
}
