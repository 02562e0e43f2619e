import { walkAudit } from "../audits/publication.rules.ts";
import { auditEvent, windowsFrom } from "../audits/service.ts";
import type { AuditRow } from "../audits/table.ts";
import { checkCount } from "../claims/rules.ts";
import { checkText } from "../core/checks.ts";
import { Conflict, Forbidden, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import type { Words } from "../verdicts/findings.rules.ts";
import type { TruthInput } from "../verdicts/rules.ts";
import { giveVerdicts } from "../verdicts/service.ts";
import { areAgreed, checkSecond } from "./rules.ts";
import {
  claimSeconds, type End, endDoubles, type Ending, findAudit, hasPart, insertAta, lockComparable, lockDisputed, lockUnfinished,
} from "./store.ts";

/** What claimSecondAudit takes. */
export interface SecondRequest {
  projectId: string;
  layer: AuditRow["layer"];
  count: number;
}

/**
 * Gives the viewer second audits of samples that were drawn for two, as blind drafts: never of what they audited first, nor of their own
 * decisions. There is no lease; whoever hasn't submitted when the double audit is due has lost it.
 */
export async function claimSecondAudit(verb: Verb, request: SecondRequest): Promise<{ projectId: string; auditIds: string[] }> {
  const { viewer, now } = verb;
  const { projectId, layer } = request;
  checkSecond(viewer, layer);
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const isVendors = layer === "VENDOR";
  const claim = {
    projectId, layer, now,
    count: checkCount(request.count),
    auditorId: viewer.principalId,
    vendorId: isVendors ? viewer.vendorId : null,
    teamId: isVendors ? viewer.teamId : null,
  };
  const auditIds = await asSystem(verb, (db) => claimSeconds(db, claim));
  const subject = { projectId, type: "audit.draft", subjectType: "Audit" };
  const audience = { auditorId: viewer.principalId };
  await append(verb, auditIds.map((subjectId) => ({ ...subject, subjectId, toState: "DRAFT", audience })));
  return { projectId, auditIds };
}

/** What happened to a double audit; its auditors hear of it once it is resolved. */
export function doubleEvent({ projectId, id }: ProjectKey, outcome: NonNullable<End["outcome"]>): EventDraft {
  const subject = { projectId, type: `double_audit.${outcome.toLowerCase()}`, subjectType: "DoubleAudit", subjectId: id };
  return { ...subject, toState: outcome, audience: {} };
}

function publishedEvent(ending: Ending, from: AuditRow["state"], to: AuditRow["state"], windowDueAt: Date | null): EventDraft {
  return auditEvent({ ...ending, id: ending.primaryAuditId }, from, to, windowDueAt ? { windowDueAt: windowDueAt.toISOString() } : {});
}

/** Ends double audits and tells of it. */
export async function conclude(verb: Verb, ends: readonly End[], from: AuditRow["state"]): Promise<void> {
  if (ends.length === 0) return;
  const unfinished = await endDoubles(verb.db, ends, verb.now);
  await append(verb, [
    ...unfinished.map((second) => auditEvent(second, second.state, "VOIDED")),
    ...ends.flatMap(({ ending, outcome, windowDueAt }) => [
      publishedEvent(ending, from, outcome ? "PUBLISHED" : "ADJUDICATION", windowDueAt),
      ...(outcome ? [doubleEvent(ending, outcome)] : []),
    ]),
  ]);
}

const BATCH = 200;
/** Compares both audits of a sample once the second is submitted: equal ones publish the first, others go to adjudication. How many, a batch at a time. */
export async function resolveDoubles(db: Db, now: Date): Promise<number> {
  const compared = await lockComparable(db, BATCH);
  const windows = await windowsFrom(db, now, compared);
  const ends = compared.map(({ primary, second, ...ending }, index): End => {
    const isAgreed = areAgreed(primary, second);
    return { ending, outcome: isAgreed ? "AGREED" : null, windowDueAt: isAgreed ? windows[index]! : null, adjudicatorId: null };
  });
  await conclude(asWorker(db, now), ends, "DOUBLE_PENDING");
  return ends.length;
}

async function expire(verb: Verb, unfinished: readonly Ending[]): Promise<void> {
  const windows = await windowsFrom(verb.db, verb.now, unfinished);
  const ends = unfinished.map((ending, index): End => ({ ending, outcome: "EXPIRED", windowDueAt: windows[index]!, adjudicatorId: null }));
  await conclude(verb, ends, "DOUBLE_PENDING");
}

/** Gives up double audits that nobody finished in time: the first audit is published as it is. How many, a batch at a time. */
export async function expireDoubles(db: Db, now: Date): Promise<number> {
  const unfinished = await lockUnfinished(db, now, BATCH, null);
  await expire(asWorker(db, now), unfinished);
  return unfinished.length;
}

const NO_AUDIT = "There is no such audit.";

// The audit, as far as the viewer sees it and may use the verb on it now: only first ones have these. Double audits are written by the system alone.
async function getAudit(verb: Verb, key: ProjectKey, name: "expireDoubleAudit" | "adjudicateAudit" | "startAta", expectedVersion: ExpectedVersion) {
  const audit = await findAudit(verb.db, key);
  if (!audit) throw new NotFound(NO_AUDIT, ["auditId"]);
  checkVersion(audit.version, expectedVersion);
  walkAudit(verb, audit, audit.lease, name);
  return audit;
}

// Who decided, or judged the same decision already, can't be its judge.
async function checkIndependent(verb: Verb, key: ProjectKey, name: string): Promise<void> {
  const hasOne = await asSystem(verb, (db) => hasPart(db, key, verb.viewer.principalId));
  if (hasOne) throw new Forbidden(`${name} is for somebody who neither made the decision nor has judged it before.`);
}

/** Gives up the double audit of an audit before it is due. Refused once the second audit is submitted: then the two are compared. */
export async function expireDoubleAudit(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  await getAudit(verb, key, "expireDoubleAudit", expectedVersion);
  await asSystem(verb, async (db) => {
    const unfinished = await lockUnfinished(db, verb.now, 1, key);
    if (unfinished.length === 0) throw new Conflict("Its second audit is submitted; the two are compared at this moment.", ["auditId"]);
    await expire({ ...verb, db }, unfinished);
  });
  return key;
}

/** What decides between two auditors: nothing where the first is right, or what is right instead. */
export interface Adjudication extends Partial<Words> {
  truth?: TruthInput | null;
  explanation?: string | null;
}

/**
 * Decides between two auditors who differ, and publishes. The adjudicator is neither of them, which the database checks too; what is right
 * instead of the first verdict is its next version.
 */
export async function adjudicateAudit(verb: Verb, key: ProjectKey, given: Adjudication, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const audit = await getAudit(verb, key, "adjudicateAudit", expectedVersion);
  const { principalId } = verb.viewer;
  const isChanged = given.truth != null || given.answers != null || given.cause != null;
  if (isChanged && !given.explanation?.trim()) throw new InvalidInput("explanation: say why the first verdict is changed.", ["explanation"]);
  await checkIndependent(verb, key, "adjudicateAudit");
  const disputed = await asSystem(verb, (db) => lockDisputed(db, key));
  if (!disputed) throw new Conflict("It was adjudicated at this moment.", ["auditId"]);
  if ([disputed.auditorId, disputed.secondAuditorId].includes(principalId)) {
    throw new Forbidden("adjudicateAudit is for somebody who made neither of the two audits.");
  }
  const explanation = given.explanation?.trim() ? checkText(given.explanation, ["explanation"]) : null;
  if (isChanged) await giveVerdicts(verb, [{ audit, truth: given.truth, answers: given.answers, cause: given.cause, reason: "ADJUDICATION", explanation }]);
  const [windowDueAt] = await windowsFrom(verb.db, verb.now, [disputed]);
  const end: End = { ending: disputed, outcome: "ADJUDICATED", windowDueAt: windowDueAt!, adjudicatorId: principalId };
  await asSystem(verb, (db) => conclude({ ...verb, db }, [end], "ADJUDICATION"));
  return key;
}

/** Begins an expert's audit of a published audit: a draft of the viewer's own, which changes nothing but how right its auditor was. */
export async function startAta(verb: Verb, key: ProjectKey, isBlind: boolean): Promise<ProjectKey> {
  const { projectId } = await getAudit(verb, key, "startAta", null);
  await checkIndependent(verb, key, "startAta");
  const ataId = newId(verb.now);
  const { viewer, now } = verb;
  await asSystem(verb, (db) => insertAta(db, key, ataId, viewer.principalId, isBlind, now));
  const subject = { projectId, type: "audit.draft", subjectType: "Audit", subjectId: ataId, toState: "DRAFT" };
  await append(verb, [{ ...subject, audience: { auditorId: viewer.principalId } }]);
  return { projectId, id: ataId };
}
