import { checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { dayOf } from "../core/time.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { audienceOf, moveEscalation, takeEscalation, takeOpenEscalation } from "../escalations/service.ts";
import type { EscalationRow } from "../escalations/table.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { calendarOf } from "../projects/service.ts";
import { ANSWERING, checkLines, checkMany } from "../rcas/rules.ts";
import { checkPeople, submitAnalysis } from "../rcas/service.ts";
import {
  type ActionVerb, checkAction, checkPlan, type NewAction, UNDONE_STATES, walkAction, windowEnd,
} from "./rules.ts";
import {
  type ActionChange, changeAction, changeAll, changeCheck, countActions, findOrigin, type Gone, insertActions, listCauses, lockAction, lockCheck,
  readPlan,
} from "./store.ts";
import type { ActionRow } from "./table.ts";

type State = ActionRow["state"];
type Seen = Pick<EscalationRow, "vendorId" | "isPartnerVisible">;

/** What happened to an action: whoever sees its escalation hears of it. */
export function actionEvent(escalation: Seen, row: Gone, from: State | null, to: State, reason: string | null = null): EventDraft {
  const subject = { projectId: row.projectId, type: `action.${to.toLowerCase()}`, subjectType: "Action", subjectId: row.id };
  const payload = { kind: row.kind, dueAt: row.dueAt.toISOString() };
  return { ...subject, fromState: from, toState: to, reason, payload, audience: audienceOf(escalation) };
}

/** Proposes what is to be done about a locked escalation, in its present cycle; the actions, in their order. */
export async function proposeActions(
  verb: Verb,
  escalation: EscalationRow,
  given: readonly NewAction[],
  pathOf: (index: number, field: string) => string[],
): Promise<ProjectKey[]> {
  if (given.length === 0) return [];
  const { projectId, id: escalationId, cycle } = escalation;
  const { now, viewer } = verb;
  const checked = given.map((action, index) => checkAction(action, now, (field) => pathOf(index, field)));
  const vendorIds = await checkPeople(verb, escalation, checked.map(({ ownerId }) => ownerId), ANSWERING, (index) => pathOf(index, "ownerId"));
  const causes = await listCauses(verb.db, escalation, cycle, checked.flatMap(({ causeId }) => causeId ?? []));
  const stray = checked.findIndex(({ causeId }) => causeId && !causes.has(causeId));
  if (stray >= 0) {
    const path = pathOf(stray, "causeId");
    throw new InvalidInput(`${path.join(".")}: it is no cause of this cycle's analysis; take it from rcas.`, path);
  }
  const ids = checked.map(() => newId(now)).sort();
  const rows = checked.map((action, index) => ({
    ...action, projectId, id: ids[index]!, escalationId, cycle, state: "PROPOSED" as const, vendorId: vendorIds[index]!, proposedById: viewer.principalId,
    createdAt: now, updatedAt: now,
  }));
  await insertActions(verb.db, rows);
  await append(verb, rows.map((row) => actionEvent(escalation, row, null, "PROPOSED")));
  return rows.map(({ id }) => ({ projectId, id }));
}

/** Proposes something to be done about an escalation. */
export async function proposeAction(verb: Verb, key: ProjectKey, given: NewAction): Promise<ProjectKey> {
  const escalation = await takeOpenEscalation(verb, key);
  const [action] = await proposeActions(verb, escalation, [given], (_, field) => [field]);
  return action!;
}

// An action, locked, with who sees it, moved along its machine as far as where its escalation stands lets it.
async function move(
  verb: Verb,
  key: ProjectKey,
  name: ActionVerb,
  expectedVersion: ExpectedVersion,
  given: ActionChange = {},
  reason: string | null = null,
): Promise<ProjectKey> {
  const row = await lockAction(verb.db, key);
  if (!row) throw new NotFound("There is no such action.", ["actionId"]);
  checkVersion(row.version, expectedVersion);
  const escalation = await findOrigin(verb.db, row);
  const to = walkAction(verb.viewer, row, escalation.state, name);
  await changeAction(verb.db, key, { ...given, state: to }, verb.now);
  await append(verb, [actionEvent(escalation, row, row.state, to, reason)]);
  return key;
}

/** Lets an action begin. */
export async function approveAction(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return move(verb, key, "approveAction", expectedVersion);
}

/** Begins one's own action. */
export async function startAction(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return move(verb, key, "startAction", expectedVersion);
}

/** Says that one's own action is done, with what shows it. */
export async function completeAction(verb: Verb, key: ProjectKey, given: readonly string[], expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const evidence = checkLines(given, ["evidence"]);
  if (evidence.length === 0) throw new InvalidInput("evidence: name what shows that it is done.", ["evidence"]);
  return move(verb, key, "completeAction", expectedVersion, { evidence, completedAt: verb.now });
}

/** Says of somebody else's action that it is in place. */
export async function verifyAction(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return move(verb, key, "verifyAction", expectedVersion, { verifiedAt: verb.now, verifiedById: verb.viewer.principalId });
}

/** Gives an action back to its owner, since it isn't done. */
export async function reopenAction(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return move(verb, key, "reopenAction", expectedVersion, { completedAt: null }, checkText(reason, ["reason"]));
}

/** Gives an action up, for a reason. */
export async function waiveAction(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const waiveReason = checkText(reason, ["reason"]);
  return move(verb, key, "waiveAction", expectedVersion, { waiveReason }, waiveReason);
}

/** Begins to look for causes: of what is being contained, once an action contains it. */
export async function investigateEscalation(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "investigateEscalation", expectedVersion);
  if (row.state !== "CONTAINING") return moveEscalation(verb, row, to!);
  const contained = await countActions(verb.db, key, "CONTAINMENT");
  if (!contained.has("DONE") && !contained.has("VERIFIED")) {
    throw new Conflict("investigateEscalation: no CONTAINMENT action is DONE; let one be completed first.", ["escalationId"]);
  }
  return moveEscalation(verb, row, to!, { containedAt: verb.now });
}

const MOST_ACTIONS = 50;

/** Hands in the analysis that the viewer's vendor was asked for, with the actions that it proposes. */
export async function submitPartnerRca(
  verb: Verb,
  key: ProjectKey,
  actions: readonly NewAction[],
  expectedVersion: ExpectedVersion,
): Promise<{ escalation: ProjectKey; rca: ProjectKey; actions: ProjectKey[] }> {
  checkMany(actions, MOST_ACTIONS, ["actions"]);
  const { row, ...moved } = await submitAnalysis(verb, key, expectedVersion);
  return { ...moved, actions: await proposeActions(verb, row, actions, (index, field) => ["actions", String(index), field]) };
}

/** Approves what is proposed against the root causes; how it will be known whether it works is fixed from now on. */
export async function approveActionPlan(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "approveActionPlan", expectedVersion);
  const check = await lockCheck(verb.db, key, row.cycle);
  const { timeZone } = await calendarOf(verb.db, key.projectId);
  const isCheckBegun = check !== null && check.checkFrom < dayOf(verb.now, timeZone);
  checkPlan({ ...(await readPlan(verb.db, key, row.cycle)), hasCheck: check !== null, isCheckBegun });
  const approved = await changeAll(verb.db, key, "PROPOSED", row.cycle, { state: "APPROVED" }, verb.now);
  await append(verb, approved.map((action) => actionEvent(row, action, "PROPOSED", "APPROVED")));
  await changeCheck(verb.db, check!, { lockedAt: verb.now }, verb.now);
  return moveEscalation(verb, row, to!);
}

/** Begins to carry out the plan. */
export async function startImplementation(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "startImplementation", expectedVersion);
  return moveEscalation(verb, row, to!);
}

/** Begins to look whether it works, once nothing is left to be done: the check is made when its window is over. */
export async function startVerification(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "startVerification", expectedVersion);
  const counts = await countActions(verb.db, key, null);
  const left = UNDONE_STATES.filter((state) => counts.has(state));
  if (left.length > 0) {
    const found = left.map((state) => `${counts.get(state)} ${state}`).join(", ");
    throw new Conflict(`startVerification: some actions are still to be done (${found}); complete or waive them.`, ["escalationId"]);
  }
  const check = (await lockCheck(verb.db, key, row.cycle))!;
  const { timeZone } = await calendarOf(verb.db, key.projectId);
  const dueAt = windowEnd(check, timeZone);
  await changeCheck(verb.db, check, { dueAt }, verb.now);
  return moveEscalation(verb, row, to!, {}, { payload: { checkDueAt: dueAt.toISOString() } });
}
