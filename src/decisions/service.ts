import { Conflict, InvalidInput } from "../core/errors.ts";
import { type OnError, type Recorded, type RowRefusal, settle } from "../core/fields.ts";
import { mayOnly } from "../core/viewer.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { policyVersionsInForce } from "../policies/versions.service.ts";
import { factsOf, learnNames, type Names, openNames } from "./names.service.ts";
import { ensurePartitions, findRecorded, insertDecisions } from "./recording.store.ts";
import {
  checkDecision, contradiction, type DecisionFacts, type DecisionInput, identityOf, MOST_DECISIONS, printOf, RECORDERS, REPEATED, weeksOf,
} from "./rules.ts";

/** Decisions checked and resolved, ready to be written. */
export interface Prepared {
  rows: { row: number; facts: DecisionFacts }[];
  refusals: RowRefusal[];
}

function mayRecord({ viewer }: Verb): void {
  mayOnly(viewer, "recordDecisions", RECORDERS);
}

/** Refuses a call with more decisions than one may bring. */
export function checkBatch(decisions: readonly DecisionInput[]): void {
  if (decisions.length <= MOST_DECISIONS) return;
  const remedy = `record at most ${MOST_DECISIONS} a call, or stream them to POST /import/decisions`;
  throw new InvalidInput(`decisions: ${decisions.length} are too many; ${remedy}.`, ["decisions"]);
}

// Weeks whose partitions one transaction may make: each takes a lock for every table and index it touches.
const WEEKS_AT_ONCE = 50;

/**
 * Makes the partitions of these weeks, ahead of the recording and in a transaction of its own: making one waits for writers of the tables
 * that it refers to, which a transaction that holds locks of its own must not do.
 */
export async function makeRoom(verb: Verb, mondays: readonly Date[]): Promise<void> {
  mayRecord(verb);
  await ensurePartitions(verb.db, mondays);
}

/** The weeks of these times, in lists short enough for one transaction each. */
export function roomsFor(times: readonly Date[]): Date[][] {
  const weeks = weeksOf(times);
  return Array.from({ length: Math.ceil(weeks.length / WEEKS_AT_ONCE) }, (_, i) => weeks.slice(i * WEEKS_AT_ONCE, (i + 1) * WEEKS_AT_ONCE));
}

/** Checks decisions and resolves what they name. Nothing is written. */
export async function prepareDecisions(verb: Verb, names: Names, decisions: readonly DecisionInput[]): Promise<Prepared> {
  mayRecord(verb);
  const rows: Prepared["rows"] = [];
  const refusals: RowRefusal[] = [];
  const wrong = decisions.map((decision) => checkDecision(decision, verb.now));
  await learnNames(verb.db, names, decisions.filter((_, row) => !wrong[row]));
  decisions.forEach((decision, row) => {
    const facts = wrong[row] ?? factsOf(decision, names);
    if ("field" in facts) refusals.push({ row, ...facts });
    else rows.push({ row, facts });
  });
  const facts = rows.map((each) => each.facts);
  const versionIds = await policyVersionsInForce(verb.db, {
    policyIds: facts.map(({ policyId }) => policyId),
    markets: facts.map(({ market }) => market),
    decidedAts: facts.map(({ decidedAt }) => decidedAt),
  });
  facts.forEach((each, i) => (each.policyVersionId = versionIds[i]!));
  return { rows, refusals };
}

/** What decisions of earlier batches held, by identity: for a dry run, whose earlier batches the database doesn't know. */
export type Seen = Map<string, string>;

interface Sorted {
  fresh: Prepared["rows"];
  alreadyPresent: number[];
  conflicts: RowRefusal[];
}

// Tells rows that are new from those that are there already, in the database or further up in the same import.
async function sortRows(verb: Verb, rows: Prepared["rows"], seen: Seen): Promise<Sorted> {
  const sorted: Sorted = { fresh: [], alreadyPresent: [], conflicts: [] };
  const facts = rows.map((each) => each.facts);
  const recorded = await asSystem(verb, (db) => findRecorded(db, facts));
  rows.forEach(({ row, facts: each }, i) => {
    const key = identityOf(each.id);
    const print = printOf(each);
    const earlier = seen.get(key);
    const kept = recorded[i];
    const contrary = kept ? contradiction(each, print, kept) : earlier === undefined || earlier === print ? null : REPEATED;
    if (contrary) sorted.conflicts.push({ row, field: "externalRef", value: each.externalRef, code: "CONFLICT", message: contrary });
    else if (earlier !== undefined || kept) sorted.alreadyPresent.push(row);
    else sorted.fresh.push({ row, facts: each });
    seen.set(key, earlier ?? print);
  });
  return sorted;
}

async function announce(verb: Verb, projectId: string, facts: readonly DecisionFacts[]): Promise<void> {
  const drafts = [...new Set(facts.map(({ vendorId }) => vendorId))].map((vendorId) => {
    const times = facts.filter((each) => each.vendorId === vendorId).map(({ decidedAt }) => decidedAt.getTime());
    const [firstDecidedAt, lastDecidedAt] = [Math.min(...times), Math.max(...times)].map((time) => new Date(time).toISOString());
    const payload = { vendorId, recorded: times.length, firstDecidedAt, lastDecidedAt };
    const subject = { projectId, type: "decisions.recorded", subjectType: "Project", subjectId: projectId };
    return { ...subject, payload, audience: { isPartnerVisible: true, vendorId } };
  });
  await append(verb, drafts);
}

// Nearly every batch is new from end to end: then it is written without a look at what is there.
async function insertIfAllNew(verb: Verb, projectId: string, rows: Prepared["rows"]): Promise<boolean> {
  const identities = new Set(rows.map(({ facts }) => identityOf(facts.id)));
  return identities.size === rows.length && insertDecisions(verb.db, projectId, rows.map(({ facts }) => facts));
}

const ATTEMPTS = 5;

/**
 * Writes prepared decisions of one project in one go; a refused one takes no other with it. What is there already with the same content is
 * counted, and with other content, or at another time, refused. With `seen` nothing is written, and the answer is what it would be.
 */
export async function writeDecisions(verb: Verb, names: Names, prepared: Prepared, onError: OnError, seen?: Seen): Promise<Recorded> {
  mayRecord(verb);
  const { projectId } = names;
  const before = settle(prepared.refusals, onError);
  const rows = prepared.rows.filter(({ row }) => row < before.end);
  const answer = (facts: readonly DecisionFacts[], alreadyPresent: number, { refusals }: { refusals: RowRefusal[] }): Recorded => {
    return { recorded: facts.length, alreadyPresent, refused: refusals.length, refusals };
  };
  if (rows.length === 0) return answer([], 0, before);
  if (!seen && (await insertIfAllNew(verb, projectId, rows))) {
    const facts = rows.map((each) => each.facts);
    await announce(verb, projectId, facts);
    return answer(facts, 0, before);
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const sorted = await sortRows(verb, rows, seen ?? new Map());
    const settled = settle([...before.refusals, ...sorted.conflicts], onError);
    const facts = sorted.fresh.filter(({ row }) => row < settled.end).map((each) => each.facts);
    const alreadyPresent = sorted.alreadyPresent.filter((row) => row < settled.end).length;
    if (seen || facts.length === 0) return answer(facts, alreadyPresent, settled);
    // Not so only if somebody else has recorded one of them since we looked.
    if (await insertDecisions(verb.db, projectId, facts)) {
      await announce(verb, projectId, facts);
      return answer(facts, alreadyPresent, settled);
    }
  }
  throw new Conflict("Somebody else is recording the same decisions; try again.");
}

/** Records up to 5,000 decisions of a project; the partitions they need are there. */
export async function recordDecisions(
  verb: Verb,
  input: { projectCode: string; decisions: readonly DecisionInput[]; onError: OnError },
): Promise<Recorded> {
  mayRecord(verb);
  checkBatch(input.decisions);
  const names = await openNames(verb.db, input.projectCode);
  return writeDecisions(verb, names, await prepareDecisions(verb, names, input.decisions), input.onError);
}
