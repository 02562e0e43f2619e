import { InvalidInput, NotFound } from "../core/errors.ts";
import { type Key, newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import {
  checkCriteria, type CheckedCriterion, type NewCriterion, SCORECARD_VERSION_MACHINE, type ScorecardVersionVerb, } from "./rules.ts";
import {
  changeScorecard, changeVersion, deleteCriteria, findVersionWithCriteria, insertCriteria, insertVersion, listVersions, touchScorecardOf,
} from "./store.ts";
import type { ScorecardVersionRow } from "./table.ts";

type State = ScorecardVersionRow["state"];
type Expecting = { expectedVersion?: number | null };

/** The event of a version that enters a state, or stays in it by the verb named. */
export function versionEvent(subjectId: string, fromState: State | null, toState: State, what: string = toState.toLowerCase()): EventDraft {
  const type = `scorecard_version.${what}`;
  const audience = toState === "DRAFT" ? { isStaffVisible: true } : { isProjectVisible: true };
  return { projectId: SYSTEM_PROJECT_ID, type, subjectType: "ScorecardVersion", subjectId, fromState, toState, audience };
}

function step(verb: Verb, name: ScorecardVersionVerb, from: State) {
  return walk(SCORECARD_VERSION_MACHINE, from, name, new Set([verb.viewer.role]));
}

// Ids in the order of the criteria, so that a list by id reads as the scorecard does.
async function fill(verb: Verb, version: { id: string; scorecardId: string }, criteria: readonly CheckedCriterion[]): Promise<void> {
  const ids = criteria.map(() => newId(verb.now)).sort();
  const own = { scorecardId: version.scorecardId, scorecardVersionId: version.id };
  await insertCriteria(verb.db, criteria.map((criterion, index) => ({ ...criterion, ...own, id: ids[index]!, position: index + 1 })));
}

/** Adds a version with its criteria, in their order. */
export async function addVersion(
  verb: Verb,
  version: Pick<ScorecardVersionRow, "scorecardId" | "number" | "state">,
  criteria: readonly CheckedCriterion[],
): Promise<string> {
  const id = newId(verb.now);
  await insertVersion(verb.db, { ...version, id, publishedAt: version.state === "PUBLISHED" ? verb.now : null });
  await fill(verb, { ...version, id }, criteria);
  return id;
}

// What a next version follows: refused while a draft stands. Nothing is published where the last one was archived by hand.
async function openNext(verb: Verb, name: "draftScorecardVersion" | "reviseScorecard", key: Key, { expectedVersion }: Expecting) {
  await changeScorecard(verb.db, key, expectedVersion, {}, verb.now);
  const versions = await listVersions(verb.db, key.id);
  const published = versions.find(({ state }) => state === "PUBLISHED");
  const standing = versions.find(({ state }) => state === "DRAFT") ?? published;
  if (standing) step(verb, name, standing.state);
  return { published, number: versions.at(-1)!.number + 1 };
}

async function copyOf(db: Db, published: ScorecardVersionRow | undefined): Promise<CheckedCriterion[]> {
  if (!published) throw new InvalidInput("criteria: none given, and no published version has any to copy; give them.", ["criteria"]);
  return (await findVersionWithCriteria(db, published.id))!.criteria;
}

/** Begins the next version of a scorecard, with these criteria or a copy of the published ones; a scorecard has one draft at a time. */
export async function draftScorecardVersion(
  verb: Verb,
  key: Key,
  input: Expecting & { criteria?: readonly NewCriterion[] | null },
): Promise<{ id: string }> {
  const given = input.criteria ? checkCriteria(input.criteria) : null;
  const { published, number } = await openNext(verb, "draftScorecardVersion", key, input);
  const criteria = given ?? (await copyOf(verb.db, published));
  const id = await addVersion(verb, { scorecardId: key.id, number, state: "DRAFT" }, criteria);
  await append(verb, [versionEvent(id, null, "DRAFT")]);
  return { id };
}

/** Publishes the next version and archives the one before: audits keep the version that they were made with. */
export async function reviseScorecard(
  verb: Verb,
  key: Key,
  input: Expecting & { criteria: readonly NewCriterion[] },
): Promise<{ id: string }> {
  const criteria = checkCriteria(input.criteria);
  const { published, number } = await openNext(verb, "reviseScorecard", key, input);
  const archived = published ? await archive(verb, published) : [];
  const id = await addVersion(verb, { scorecardId: key.id, number, state: "PUBLISHED" }, criteria);
  await append(verb, [...archived, versionEvent(id, null, "PUBLISHED")]);
  return { id: key.id };
}

async function archive(verb: Verb, { id, state }: ScorecardVersionRow, expectedVersion?: number | null): Promise<EventDraft[]> {
  const { to } = step(verb, "archiveScorecardVersion", state);
  await changeVersion(verb.db, id, expectedVersion, { state: to! }, verb.now);
  return [versionEvent(id, state, to!)];
}

// The version as it is now that nobody else can change it or its siblings.
async function take(verb: Verb, name: ScorecardVersionVerb, id: string) {
  const scorecardId = await touchScorecardOf(verb.db, id, verb.now);
  if (!scorecardId) throw new NotFound("There is no such version of a scorecard.", ["id"]);
  const versions = await listVersions(verb.db, scorecardId);
  const version = versions.find((each) => each.id === id)!;
  return { version, versions, to: step(verb, name, version.state).to };
}

/** Puts other criteria in the place of a draft's; those of any other version never change. */
export async function changeScorecardVersion(
  verb: Verb,
  { id }: Key,
  input: Expecting & { criteria: readonly NewCriterion[] },
): Promise<{ id: string }> {
  const { version } = await take(verb, "changeScorecardVersion", id);
  const criteria = checkCriteria(input.criteria);
  await changeVersion(verb.db, id, input.expectedVersion, {}, verb.now);
  await deleteCriteria(verb.db, id);
  await fill(verb, version, criteria);
  await append(verb, [versionEvent(id, version.state, version.state, "changeScorecardVersion")]);
  return { id };
}

/** Makes a draft what new audits are made with, and archives the version that was: audits keep theirs. */
export async function publishScorecardVersion(verb: Verb, { id }: Key, input: Expecting): Promise<{ id: string }> {
  const { version, versions, to } = await take(verb, "publishScorecardVersion", id);
  const published = versions.find(({ state }) => state === "PUBLISHED");
  await changeVersion(verb.db, id, input.expectedVersion, { state: to!, publishedAt: verb.now }, verb.now);
  const archived = published ? await archive(verb, published) : [];
  await append(verb, [...archived, versionEvent(id, version.state, to!)]);
  return { id };
}

/** Withdraws a draft, or takes the published version out of use: until the next is published, new audits have none. */
export async function archiveScorecardVersion(verb: Verb, { id }: Key, input: Expecting): Promise<{ id: string }> {
  const { version } = await take(verb, "archiveScorecardVersion", id);
  await append(verb, await archive(verb, version, input.expectedVersion));
  return { id };
}
