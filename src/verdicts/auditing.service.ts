import { publishDueAt, walkAudit } from "../audits/publication.rules.ts";
import { checkComment } from "../audits/rules.ts";
import { auditEvent, windowsFrom } from "../audits/service.ts";
import type { AuditRow } from "../audits/table.ts";
import { dueTimes } from "../calendars/places.service.ts";
import { checkText } from "../core/checks.ts";
import { Conflict, Forbidden, InvalidInput, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { type Answer, checkComplete, complete, type Judged, readAnswers, type Words } from "./findings.rules.ts";
import { checkTruth, type Truth, type TruthInput } from "./rules.ts";
import { nextVerdict, type Opened, openVerdicts } from "./service.ts";
import { lockAlone, lockWork, type Work } from "./store.ts";
import { type AuditChange, openDouble, saveAudit } from "./writes.store.ts";

type Name = "lockTruth" | "submitAudit" | "amendAudit";

const CLAIM_AGAIN = "claim samples again to get it back, if nobody else has it.";

// The audit, locked, once the viewer may use the verb on it now; a first audit with its sample, while that is leased to them.
async function takeWork(verb: Verb, key: ProjectKey, name: Name, expectedVersion: ExpectedVersion): Promise<Work> {
  const work = (name === "amendAudit" ? null : await lockWork(verb.db, key)) ?? (await lockAlone(verb.db, key));
  if (!work) throw new NotFound("There is no such audit.", ["auditId"]);
  const { audit, sample } = work;
  checkVersion(audit.version, expectedVersion);
  walkAudit(verb, audit, sample, name);
  if (audit.role !== "PRIMARY" || name === "amendAudit") return work;
  if (sample?.state === "IN_AUDIT" && sample.assigneeId === verb.viewer.principalId) return work;
  throw new Conflict(`The lease of this audit's sample has ended; ${CLAIM_AGAIN}`, ["auditId"]);
}

function checkLease({ sample }: Work, now: Date): void {
  if (!sample || sample.leaseUntil! > now) return;
  throw new Conflict(`The lease ended at ${sample.leaseUntil!.toISOString()}; ${CLAIM_AGAIN}`, ["auditId"]);
}

// Compares as the system: the auditor learns the decision by locking the truth, not before.
async function open(verb: Verb, audit: AuditRow, truth: Truth | null): Promise<Opened> {
  const [opened] = await asSystem(verb, (db) => openVerdicts(db, [{ audit, truth }]));
  if (opened!.scorecard.state !== "DRAFT") return opened!;
  throw new Conflict("The audit's scorecard version is a draft; a lead publishes it first.", ["auditId"]);
}

function locked(truth: Truth, { namedId }: Judged, now: Date): AuditChange {
  return { revealedAt: now, answerPolicyId: namedId, answerAction: truth.action, answerTags: truth.tags };
}

/** What lockTruth takes. */
export interface LockedTruth {
  truth: TruthInput;
  answers?: readonly Answer[] | null;
}

/**
 * Fixes what is right for ever, before the auditor has seen the decision, with their answers to the criteria that need no sight of it:
 * verdict 1 follows, and the decision is revealed. First audits only while the lease lasts.
 */
export async function lockTruth(verb: Verb, key: ProjectKey, input: LockedTruth, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const work = await takeWork(verb, key, "lockTruth", expectedVersion);
  checkLease(work, verb.now);
  const { audit } = work;
  const truth = checkTruth(input.truth);
  const opened = await open(verb, audit, truth);
  const judged = opened.judged(true);
  const answered = readAnswers(opened.scorecard, input.answers ?? [], ({ kind, isBlindSafe }) => {
    if (kind === "DECISION") return "is filled by the system once the truth is known; leave it out.";
    return audit.isBlind && !isBlindSafe ? "is judged with the decision in sight; answer it in submitAudit." : null;
  });
  if (audit.isBlind) checkComplete(opened.scorecard, answered, ({ isBlindSafe }) => isBlindSafe);
  const unweighed = { severity: null, score: null, cause: null, findings: [...answered.values()] };
  const verdict = nextVerdict(opened, judged, unweighed, { reason: "INITIAL", explanation: null, isAfterReveal: !audit.isBlind }, verb.now);
  const giver = { actorId: verb.viewer.principalId, now: verb.now };
  await saveAudit(verb.db, audit, { change: { state: "REVEALED", ...locked(truth, judged, verb.now) }, verdict }, giver);
  await append(verb, [auditEvent(audit, audit.state, "REVEALED")]);
  return key;
}

/** What submitAudit takes. The truth comes with it where it was not locked before, which only an audit that isn't blind allows. */
export interface Submission extends Partial<Words> {
  truth?: TruthInput | null;
  comment?: string | null;
  /** What the labeler should do another time. */
  guidance?: string | null;
}

// An error that is the labeler's is told with its cause and what to do about it.
function checkWords({ attribution }: Judged, cause: Words["cause"], guidance: string | null): void {
  if (attribution !== "LABELER") return;
  const why = "the decision was wrong, and its labeler answers for it.";
  if (cause == null) throw new InvalidInput(`cause: say why the labeler erred; ${why}`, ["cause"]);
  if (guidance === null) throw new InvalidInput(`guidance: say what the labeler should do another time; ${why}`, ["guidance"]);
}

const readGuidance = (guidance: string | null | undefined) => (guidance == null ? null : checkText(guidance, ["guidance"]));

type Ending = AuditChange & { state: "SUBMITTED" | "DOUBLE_PENDING" | "PUBLISHED" };

// Where an audit goes once submitted. Second and expert audits end there, and those drawn for two auditors wait for the other one.
async function endingOf(verb: Verb, { audit, settings }: Work): Promise<Ending> {
  const { now } = verb;
  if (audit.role !== "PRIMARY") return { state: "SUBMITTED", submittedAt: now };
  if (audit.isDouble) return { state: "DOUBLE_PENDING", submittedAt: now };
  const dueAt = publishDueAt(now, settings);
  if (dueAt === null || dueAt > now) return { state: "SUBMITTED", submittedAt: now, publishDueAt: dueAt };
  const [windowDueAt] = await windowsFrom(verb.db, now, [audit]);
  return { state: "PUBLISHED", submittedAt: now, publishDueAt: now, publishedAt: now, windowDueAt: windowDueAt!, isPartnerVisible: true };
}

function auditedEvent({ projectId, sampleId, auditorId }: AuditRow): EventDraft {
  const subject = { projectId, type: "sample.audited", subjectType: "Sample", subjectId: sampleId };
  return { ...subject, fromState: "IN_AUDIT", toState: "AUDITED", audience: { auditorId } };
}

// A double audit opens with the submission of its first one, and is given up when the project's time for it is over.
async function announce(verb: Verb, { audit }: Work, { state, publishDueAt: publishAt, windowDueAt }: Ending): Promise<void> {
  if (audit.role !== "PRIMARY") return append(verb, [auditEvent(audit, audit.state, "SUBMITTED", { role: audit.role })]);
  if (state === "DOUBLE_PENDING") {
    const [dueAt] = await dueTimes(verb.db, "DOUBLE_AUDIT_DUE", [{ projectId: audit.projectId, side: "CLIENT", market: audit.market, from: verb.now }]);
    await asSystem(verb, (db) => openDouble(db, audit, dueAt!, verb.now));
    return append(verb, [auditEvent(audit, audit.state, state, { dueAt: dueAt!.toISOString() }), auditedEvent(audit)]);
  }
  const due: Record<string, string> = state === "SUBMITTED" && publishAt ? { publishDueAt: publishAt.toISOString() } : {};
  const published = windowDueAt ? [auditEvent(audit, "SUBMITTED", "PUBLISHED", { windowDueAt: windowDueAt.toISOString() })] : [];
  return append(verb, [auditEvent(audit, audit.state, "SUBMITTED", due), auditedEvent(audit), ...published]);
}

function readTruth(audit: AuditRow, truth: TruthInput | null | undefined): Truth | null {
  const isLocked = audit.state === "REVEALED";
  if (isLocked && truth) throw new InvalidInput("truth: it was locked by lockTruth and can't be changed; leave it out.", ["truth"]);
  if (!isLocked && !truth) throw new InvalidInput("truth: say what is right; it was not locked by lockTruth.", ["truth"]);
  return truth ? checkTruth(truth) : null;
}

/**
 * Completes an audit and its verdict: all PROCESS criteria are answered, the system fills the others, and severity and score follow. The
 * sample of a first audit is AUDITED. It is published when the project's delay is over, which may be at once.
 */
export async function submitAudit(verb: Verb, key: ProjectKey, submission: Submission, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const work = await takeWork(verb, key, "submitAudit", expectedVersion);
  const { audit } = work;
  if (verb.viewer.grants.some(({ labelerId }) => labelerId === audit.labelerId)) throw new Forbidden("The decision is your own; release its sample.");
  const truth = readTruth(audit, submission.truth);
  const words = { comment: checkComment(submission.comment), guidance: readGuidance(submission.guidance) };
  if (truth) checkLease(work, verb.now);
  const opened = await open(verb, audit, truth);
  const { scorecard, basis } = opened;
  const judged = opened.judged(true);
  const before = new Set(basis.findings.map(({ criterionId }) => criterionId));
  const whyNot = (id: string) => (before.has(id) ? "was answered before the truth was locked, for good; leave it out." : null);
  const { answered, ...completion } = complete(scorecard, judged, basis, { answers: submission.answers ?? [], cause: submission.cause }, whyNot);
  checkComplete(scorecard, answered, () => true);
  checkWords(judged, submission.cause, words.guidance);
  const reason = { reason: "INITIAL", explanation: null, isAfterReveal: !audit.isBlind } as const;
  const findings = completion.findings.filter(({ criterionId }) => !before.has(criterionId));
  const given = truth
    ? { verdict: nextVerdict(opened, judged, completion, reason, verb.now) }
    : { completion: { ...completion, id: basis.before!.id, findings } };
  const ending = await endingOf(verb, work);
  const change = { ...ending, ...words, draft: null, ...(truth ? locked(truth, judged, verb.now) : {}) };
  const giver = { actorId: verb.viewer.principalId, now: verb.now };
  await saveAudit(verb.db, audit, { change, ...given, isDone: audit.role === "PRIMARY" }, giver);
  await announce(verb, work, ending);
  return key;
}

/** Amends an audit before its publication: the next verdict, given with the decision in sight. What is absent stays as it was. */
export async function amendAudit(verb: Verb, key: ProjectKey, amendment: Submission, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { audit } = await takeWork(verb, key, "amendAudit", expectedVersion);
  const words = {
    comment: amendment.comment == null ? audit.comment : checkComment(amendment.comment),
    guidance: readGuidance(amendment.guidance) ?? audit.guidance,
  };
  const opened = await open(verb, audit, amendment.truth ? checkTruth(amendment.truth) : null);
  const judged = opened.judged(true);
  const { answers = [], cause } = amendment;
  const completion = complete(opened.scorecard, judged, opened.basis, { answers, cause });
  checkWords(judged, completion.cause, words.guidance);
  const verdict = nextVerdict(opened, judged, completion, { reason: "AMENDED", explanation: null, isAfterReveal: true }, verb.now);
  await saveAudit(verb.db, audit, { change: words, verdict }, { actorId: verb.viewer.principalId, now: verb.now });
  const event = auditEvent(audit, audit.state, audit.state, { verdictNumber: String(verdict.number) });
  await append(verb, [{ ...event, type: "audit.amendAudit", fromState: null, toState: null }]);
  return key;
}
