import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { checkText } from "../core/checks.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { openNames } from "../decisions/names.service.ts";
import { append } from "../events/outbox.ts";
import { writeGoldenItems } from "../golden/service.ts";
import { checkSubjects, publishClarifications, type Subject } from "../questions/clarifications.service.ts";
import { askQuestions } from "../questions/service.ts";
import { agreementOf, checkAction, checkMany, checkRationale, MOST_ITEMS } from "./rules.ts";
import { moveSession, sessionEvent, takeSession } from "./service.ts";
import { consensusByItem, countVotes, listItems, listLeaves, lockEnded, markGolden, saveConsensus, saveVotes } from "./store.ts";
import type { CalibrationSessionRow } from "./table.ts";

/** What somebody chooses for an item. */
export interface Choice {
  itemId: string;
  policyId: string;
  action?: string | null;
  rationale?: string | null;
}

async function checkItems(verb: Verb, key: ProjectKey, itemIds: readonly string[], field: string) {
  if (itemIds.length === 0) throw new InvalidInput(`${field}: give at least one.`, [field]);
  checkMany(itemIds, MOST_ITEMS, field);
  const items = await listItems(verb.db, key, itemIds);
  const missing = itemIds.findIndex((id) => !items.has(id));
  if (missing >= 0) throw new NotFound("There is no such item in the session.", [field, String(missing), "itemId"]);
  return items;
}

async function checkLeaves(verb: Verb, projectId: string, policyIds: readonly string[], pathOf: (index: number) => string[]): Promise<Map<string, string>> {
  const leaves = policyIds.length === 0 ? new Map<string, string>() : await listLeaves(verb.db, projectId, policyIds);
  const missing = policyIds.findIndex((id) => !leaves.has(id));
  if (missing >= 0) throw new NotFound("There is no such policy among those that the project uses and that have none below them.", pathOf(missing));
  return leaves;
}

/** Keeps the viewer's own votes, each in the place of an earlier one on the same item. Nobody sees them but the viewer, until voting is over. */
export async function castVotes(verb: Verb, key: ProjectKey, choices: readonly Choice[], expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeSession(verb, key, "castVotes", expectedVersion);
  await checkItems(verb, key, choices.map(({ itemId }) => itemId), "votes");
  await checkLeaves(verb, key.projectId, choices.map(({ policyId }) => policyId), (index) => ["votes", String(index), "policyId"]);
  const votes = choices.map(({ itemId, policyId, action, rationale }, index) => ({
    id: newId(verb.now), itemId, policyId,
    action: checkAction(action, ["votes", String(index), "action"]),
    rationale: checkRationale(rationale, ["votes", String(index), "rationale"]),
  }));
  await saveVotes(verb.db, key, verb.viewer.principalId, votes, verb.now);
  await append(verb, [sessionEvent(row, "castVotes", null, null, { payload: { votes: votes.length } })]);
  return key;
}

// As the system: whoever closes a session has not seen the votes.
async function close(verb: Verb, row: CalibrationSessionRow): Promise<ProjectKey> {
  return asSystem(verb, async (db) => {
    const { counts, raters, schemeSize } = await countVotes(db, row);
    const agreement = agreementOf(counts, raters, schemeSize);
    return moveSession({ ...verb, db }, row, "CLOSED", { closedAt: verb.now, agreement });
  });
}

/** Ends the voting: votes are locked, and how far they agree is frozen. */
export async function closeCalibration(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeSession(verb, key, "closeCalibration", expectedVersion);
  return close(verb, row);
}

/** Ends the voting of the next session whose time is over: how many. Call again until it answers 0. */
export async function closeEndedCalibration(db: Db, now: Date): Promise<number> {
  const [row] = await lockEnded(db, now);
  if (row) await close(asWorker(db, now), row);
  return row ? 1 : 0;
}

/** Shows the raters of the staff each other's votes. */
export async function startDiscussion(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeSession(verb, key, "startDiscussion", expectedVersion);
  return moveSession(verb, row, to!);
}

/** What all agree on for an item, or what is to be asked about it. */
export type Agreed = Choice | { itemId: string; question: { policyId: string; title: string; question: string } };

/**
 * Keeps what was agreed on items, in the place of what was agreed before; what stays open is asked as a policy question on the content.
 * The session goes on once every item has one of the two.
 */
export async function setConsensus(verb: Verb, key: ProjectKey, agreed: readonly Agreed[], expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeSession(verb, key, "setConsensus", expectedVersion);
  const items = await checkItems(verb, key, agreed.map(({ itemId }) => itemId), "items");
  const placed = agreed.map((each, index) => ({ each, index }));
  const settled = placed.flatMap(({ each, index }) => ("policyId" in each ? [{ each, index }] : []));
  const open = placed.flatMap(({ each, index }) => ("question" in each ? [{ each, index }] : []));
  const pathOf = (index: number, ...rest: string[]) => ["items", String(index), ...rest];
  await checkLeaves(verb, key.projectId, settled.map(({ each }) => each.policyId), (place) => pathOf(settled[place]!.index, "policyId"));
  const asked = open.map(({ each: { itemId, question } }) => ({ ...question, contentRef: items.get(itemId)!.contentRef, market: items.get(itemId)!.market }));
  const questions = await askQuestions(verb, key.projectId, asked, (place, field) => pathOf(open[place]!.index, "question", field));
  const left = await saveConsensus(verb.db, key, verb.viewer.principalId, [
    ...settled.map(({ each: { itemId, policyId, action, rationale }, index }) => ({
      itemId, policyId, questionId: null,
      action: checkAction(action, pathOf(index, "action")),
      rationale: checkRationale(rationale, pathOf(index, "rationale")),
    })),
    ...open.map(({ each: { itemId } }, place) => ({ itemId, policyId: null, action: null, rationale: null, questionId: questions[place]!.id })),
  ], verb.now);
  if (left === 0) return moveSession(verb, row, "CONSENSUS");
  await append(verb, [sessionEvent(row, "setConsensus", null, null, { payload: { items: agreed.length, left } })]);
  return key;
}

/** What else a session's publication brings. */
export interface Outcome {
  clarifications: readonly (Subject & { text: string })[];
  /** Items whose consensus becomes a golden item's answer. */
  promotedItemIds: readonly string[];
}

const MOST_CLARIFICATIONS = 50;

async function makeGolden(verb: Verb, key: ProjectKey, itemIds: readonly string[]): Promise<void> {
  const { projectId } = key;
  const items = await checkItems(verb, key, itemIds, "promotedItemIds");
  const agreed = await consensusByItem(verb.db, itemIds.map((id) => ({ projectId, id })));
  const open = agreed.findIndex((consensus) => !consensus?.policyId);
  if (open >= 0) throw new Conflict(`promotedItemIds[${open}]: its consensus is a question, not an answer.`, ["promotedItemIds", String(open)]);
  const codes = await checkLeaves(verb, projectId, agreed.map((consensus) => consensus!.policyId!), (place) => ["promotedItemIds", String(place)]);
  const answers = agreed.map((consensus) => {
    const { contentRef, contentHash } = items.get(consensus!.itemId)!;
    const truth = { truthPolicyCode: codes.get(consensus!.policyId!)!, truthAction: consensus!.action };
    return { contentRef, contentHash: contentHash.toString("hex"), ...truth, source: "calibration" };
  });
  const names = await openNames(verb.db, await markGolden(verb.db, projectId, itemIds));
  const { refusals: [refused] } = await writeGoldenItems(verb, names, answers, "STOP");
  if (refused) throw new Conflict(`promotedItemIds[${refused.row}]: ${refused.message}`, ["promotedItemIds", String(refused.row)]);
}

/** Shows what was agreed to everybody who was invited; clarifies policies and makes golden items of it, where that is asked for. */
export async function publishCalibration(verb: Verb, key: ProjectKey, { clarifications, promotedItemIds }: Outcome, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeSession(verb, key, "publishCalibration", expectedVersion);
  const pathOf = (index: number, field: string) => ["clarifications", String(index), field];
  if (clarifications.length > MOST_CLARIFICATIONS) {
    throw new InvalidInput(`clarifications: ${clarifications.length} are too many; give at most ${MOST_CLARIFICATIONS}.`, ["clarifications"]);
  }
  if (clarifications.length > 0) await checkSubjects(verb.db, key.projectId, clarifications, pathOf);
  await publishClarifications(verb, key.projectId, clarifications.map(({ policyId, policyVersionId = null, market = null, text }, index) => (
    { policyId, policyVersionId, market, text: checkText(text, pathOf(index, "text")), calibrationSessionId: key.id }
  )));
  if (promotedItemIds.length > 0) await makeGolden(verb, key, promotedItemIds);
  return moveSession(verb, row, to!, { publishedAt: verb.now });
}
