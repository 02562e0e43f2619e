import { AUDIT_MACHINE, auditParts, checkComment, minutesAfter } from "../audits/rules.ts";
import { auditEvent } from "../audits/service.ts";
import type { AuditRow } from "../audits/table.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { mayOnly } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { AUDITING } from "../samples/rules.ts";
import { checkAction, errorTypeOf, isInGrace, judgementOf, type Ruling } from "./rules.ts";
import {
  type AuditChange, findAudit, findRulings, type FirstVerdict, listVersions, lockWork, type NamedPolicy, type PolicyName, saveAudit, type Work,
} from "./store.ts";

/** What is right, as an auditor says it. Without an action the action is not judged. */
export interface TruthInput {
  policy: PolicyName;
  action?: string | null;
  isTechnicalFailure?: boolean | null;
  /** What was right under the policy version before; counts in its grace period. */
  previous?: { policy: PolicyName; action?: string | null } | null;
}

function auditedEvent({ projectId, sampleId, auditorId }: AuditRow): EventDraft {
  const subject = { projectId, type: "sample.audited", subjectType: "Sample", subjectId: sampleId };
  return { ...subject, fromState: "IN_AUDIT", toState: "AUDITED", audience: { auditorId } };
}

const CLAIM_AGAIN = "claim samples again to get it back, if nobody else has it.";

// The audit with its sample, locked, once the viewer may use the verb on it now. What can't be locked is refused with its reason.
async function takeWork(verb: Verb, key: ProjectKey, name: "lockTruth" | "submitAudit", expectedVersion: ExpectedVersion): Promise<Work> {
  mayOnly(verb.viewer, name, AUDITING);
  const work = await lockWork(verb.db, key);
  const audit = work?.audit ?? (await findAudit(verb.db, key));
  if (!audit) throw new NotFound("There is no such audit.", ["auditId"]);
  checkVersion(audit.version, expectedVersion);
  walk(AUDIT_MACHINE, audit.state, name, auditParts(verb.viewer, audit));
  if (work?.sample.state === "IN_AUDIT" && work.sample.assigneeId === verb.viewer.principalId) return work;
  throw new Conflict(`The lease of this audit's sample has ended; ${CLAIM_AGAIN}`, ["auditId"]);
}

function checkLease({ sample }: Work, now: Date): void {
  if (sample.leaseUntil! > now) return;
  throw new Conflict(`The lease ended at ${sample.leaseUntil!.toISOString()}; ${CLAIM_AGAIN}`, ["auditId"]);
}

function checkPolicy(policy: NamedPolicy | null | undefined, name: PolicyName, path: readonly string[]): NamedPolicy {
  const place = [...path, name.id ? "policyId" : "policyCode"];
  if (!policy) throw new InvalidInput(`${place.join(".")}: the project uses no such policy; take one of its policies.`, place);
  if (!policy.isLeaf) throw new InvalidInput(`${place.join(".")}: "${policy.code}" has policies below it; name the one that fits.`, place);
  return policy;
}

const rulingOf = ({ id, isViolating }: NamedPolicy, action: string | null): Ruling => ({ policyId: id, isViolating, action });

// Compares as the system: the auditor learns the decision by locking the truth, not before.
async function judge(verb: Verb, audit: AuditRow, input: TruthInput): Promise<FirstVerdict> {
  const names = [input.policy, ...(input.previous ? [input.previous.policy] : [])];
  const [action, previousAction] = [checkAction(input.action, ["truth", "action"]), checkAction(input.previous?.action, ["truth", "previous", "action"])];
  return asSystem(verb, async (db) => {
    const { labeled, policies } = await findRulings(db, audit, names);
    const truth = checkPolicy(policies[0], input.policy, ["truth"]);
    const before = input.previous ? checkPolicy(policies[1], input.previous.policy, ["truth", "previous"]) : null;
    const errorType = errorTypeOf(labeled, rulingOf(truth, action), input.isTechnicalFailure ?? false);
    const previous = before && rulingOf(before, previousAction);
    const versions = errorType && previous ? await listVersions(db, [labeled.policyId, truth.id]) : new Map();
    const isGraceApplied = isInGrace(errorType, { labeled, market: audit.market, decidedAt: audit.decidedAt }, previous, versions);
    return { ...judgementOf(errorType, isGraceApplied), truthPolicyId: truth.id, truthAction: action, isAfterReveal: !audit.isBlind };
  });
}

/**
 * Fixes what is right for ever, before the auditor has seen the decision: verdict 1 follows from both, and the decision is revealed. Only
 * while the lease lasts.
 */
export async function lockTruth(verb: Verb, key: ProjectKey, truth: TruthInput, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const work = await takeWork(verb, key, "lockTruth", expectedVersion);
  checkLease(work, verb.now);
  const verdict = await judge(verb, work.audit, truth);
  const change: AuditChange = { state: "REVEALED", revealedAt: verb.now };
  await saveAudit(verb.db, work.audit, change, { verdict, isDone: false, actorId: verb.viewer.principalId, now: verb.now });
  await append(verb, [auditEvent(work.audit, work.audit.state, "REVEALED")]);
  return key;
}

/** What submitAudit takes. The truth comes with it where it was not locked before, which only an audit that isn't blind allows. */
export interface Submission {
  comment?: string | null;
  truth?: TruthInput | null;
}

function publication(now: Date, delayMinutes: number): AuditChange & { publishDueAt: Date } {
  if (delayMinutes > 0) return { state: "SUBMITTED", submittedAt: now, publishDueAt: minutesAfter(now, delayMinutes) };
  return { state: "PUBLISHED", submittedAt: now, publishDueAt: now, publishedAt: now, isPartnerVisible: true };
}

/** Completes an audit: its sample is AUDITED. It is published when the project's delay is over, which may be at once. */
export async function submitAudit(verb: Verb, key: ProjectKey, submission: Submission, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { comment, truth } = submission;
  const work = await takeWork(verb, key, "submitAudit", expectedVersion);
  const { audit, settings } = work;
  const isLocked = audit.state === "REVEALED";
  if (isLocked && truth) throw new InvalidInput("truth: it was locked by lockTruth and can't be changed; leave it out.", ["truth"]);
  if (!isLocked && !truth) throw new InvalidInput("truth: say what is right; it was not locked by lockTruth.", ["truth"]);
  const words = checkComment(comment);
  if (truth) checkLease(work, verb.now);
  const verdict = truth ? await judge(verb, audit, truth) : null;
  const change = { ...publication(verb.now, settings.publishDelayMinutes), comment: words };
  await saveAudit(verb.db, audit, truth ? { ...change, revealedAt: verb.now } : change, {
    verdict, isDone: true, actorId: verb.viewer.principalId, now: verb.now,
  });
  const isPublished = change.state === "PUBLISHED";
  await append(verb, [
    auditEvent(audit, audit.state, "SUBMITTED", isPublished ? {} : { publishDueAt: change.publishDueAt.toISOString() }),
    auditedEvent(audit),
    ...(isPublished ? [auditEvent(audit, "SUBMITTED", "PUBLISHED")] : []),
  ]);
  return key;
}
