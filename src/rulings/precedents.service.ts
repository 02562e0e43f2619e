import type { AppealRow } from "../appeals/table.ts";
import type { AuditRow } from "../audits/table.ts";
import { checkName, checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { openNames } from "../decisions/names.service.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { writeGoldenItems } from "../golden/service.ts";
import { policyVersionsInForce } from "../policies/versions.service.ts";
import { checkSubjects, type Subject } from "../questions/clarifications.service.ts";
import { askQuestions, type NewQuestion } from "../questions/service.ts";
import { findCodes, insertPrecedent, lockPrecedent, retireRow } from "./precedents.store.ts";
import { PRECEDENT_MACHINE, precedentParts, type Standing } from "./rules.ts";
import type { PrecedentRow } from "./table.ts";

/** What an arbitration leaves to those that come after. What is absent of a subject is the appeal's: the policy that fits, its version then. */
export interface Lessons {
  precedent?: (Partial<Subject> & { title: string; summary: string }) | null;
  question?: (Omit<NewQuestion, "policyId"> & { policyId?: string | null }) | null;
  /** Its content becomes a golden item, with what the ruling says is right as the answer. */
  isGolden?: boolean | null;
}

/** Refuses lessons of anything but an arbitration. */
export function checkLessons({ precedent, question, isGolden }: Lessons, tiers: readonly AppealRow["tier"][]): void {
  if (tiers.every((tier) => tier === "L3")) return;
  const field = precedent ? "precedent" : question ? "question" : isGolden ? "isGolden" : null;
  if (field) throw new InvalidInput(`${field}: only an arbitration, in L3_ARBITRATION, can leave one; leave it out.`, [field]);
}

/** An appeal that was arbitrated. */
export interface Arbitrated {
  appeal: AppealRow;
  audit: AuditRow;
  rulingId: string;
  /** The verdict before, and the one that holds now. */
  before: Standing;
  after: Standing;
}

function precedentEvent({ projectId, id }: ProjectKey, from: PrecedentRow["state"] | null, to: PrecedentRow["state"]): EventDraft {
  const subject = { projectId, type: `precedent.${to.toLowerCase()}`, subjectType: "Precedent", subjectId: id };
  return { ...subject, fromState: from, toState: to, audience: { isProjectVisible: true } };
}

async function createPrecedent(verb: Verb, { appeal, rulingId, before, after }: Arbitrated, given: NonNullable<Lessons["precedent"]>): Promise<ProjectKey> {
  const { projectId, market, decidedAt } = appeal;
  const policyId = given.policyId ?? after.truthPolicyId;
  const place = { policyId, policyVersionId: given.policyVersionId ?? null, market: given.market ?? null };
  await checkSubjects(verb.db, projectId, [place], (_, field) => ["precedent", field]);
  const [inForce] = await policyVersionsInForce(verb.db, { policyIds: [policyId], markets: [market], decidedAts: [decidedAt] });
  const key = { projectId, id: newId(verb.now) };
  await insertPrecedent(verb.db, {
    ...key, ...place, rulingId,
    policyVersionId: place.policyVersionId ?? inForce ?? null,
    title: checkName(given.title, ["precedent", "title"]),
    summary: checkText(given.summary, ["precedent", "summary"]),
    truthPolicyId: after.truthPolicyId,
    errorType: before.errorType,
    errorCodeId: before.findings.find(({ errorCodeId }) => errorCodeId)?.errorCodeId ?? null,
    state: "ACTIVE",
    createdById: verb.viewer.principalId,
    createdAt: verb.now,
    updatedAt: verb.now,
  });
  await append(verb, [precedentEvent(key, null, "ACTIVE")]);
  return key;
}

async function makeGolden(verb: Verb, cases: readonly Arbitrated[]): Promise<void> {
  const { project, policies } = await findCodes(verb.db, cases[0]!.appeal.projectId, cases.map(({ after }) => after.truthPolicyId));
  const answers = cases.map(({ audit: { contentRef, contentHash }, after }) => (
    { contentRef, contentHash: contentHash.toString("hex"), truthPolicyCode: policies.get(after.truthPolicyId)!, truthAction: after.truthAction, source: "appeal" }
  ));
  const { refusals: [refused] } = await writeGoldenItems(verb, await openNames(verb.db, project), answers, "STOP");
  if (refused) throw new Conflict(`isGolden: ${refused.message}`, ["isGolden"]);
}

/** What came of an arbitration beside the ruling. */
export interface Left {
  precedentId: string | null;
  questionId: string | null;
}

/** Keeps what arbitrations of one project teach: a precedent and a question of policy, of the first of them, and golden items of all. */
export async function keepLessons(verb: Verb, { precedent, question, isGolden }: Lessons, cases: readonly Arbitrated[]): Promise<Left> {
  const [first] = cases;
  if (!first) return { precedentId: null, questionId: null };
  if (isGolden) await makeGolden(verb, cases);
  const kept = precedent ? await createPrecedent(verb, first, precedent) : null;
  const { appeal: { projectId }, audit: { contentRef }, after } = first;
  const asked = question ? [{ contentRef, ...question, policyId: question.policyId ?? after.truthPolicyId }] : [];
  const [questionKey] = await askQuestions(verb, projectId, asked, (_, field) => ["question", field]);
  return { precedentId: kept?.id ?? null, questionId: questionKey?.id ?? null };
}

/** Ends a precedent: appeals are no longer held against it, and labelers see it no more. */
export async function retirePrecedent(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const words = checkText(reason, ["reason"]);
  const row = await lockPrecedent(verb.db, key);
  if (!row) throw new NotFound("There is no such precedent.", ["precedentId"]);
  checkVersion(row.version, expectedVersion);
  walk(PRECEDENT_MACHINE, row.state, "retirePrecedent", precedentParts(verb.viewer));
  await retireRow(verb.db, key, verb.now);
  await append(verb, [{ ...precedentEvent(key, "ACTIVE", "RETIRED"), reason: words }]);
  return key;
}
