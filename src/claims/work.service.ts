import { walkAudit } from "../audits/publication.rules.ts";
import { minutesAfter } from "../audits/rules.ts";
import { checkText, checkWords } from "../core/checks.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { settingsOf } from "../projects/service.ts";
import { SAMPLE_MACHINE, type SampleVerb, sampleParts } from "../samples/rules.ts";
import type { SampleRow } from "../samples/table.ts";
import { checkMarkets } from "../vendors/service.ts";
import { CLAIMING, checkDailyTarget, checkDraft } from "./rules.ts";
import { voidedEvent } from "./service.ts";
import { findTerms, lockAudit, lockSamples, moveLease, type Profile, type Return, returnEnded, returnSample, saveDraft, saveProfile } from "./store.ts";

const CLAIM_AGAIN = "claim samples again to get it back, if nobody else has it.";

function returnedEvent(projectId: string, id: string, auditorId: string, reason: string | null = null): EventDraft {
  const subject = { projectId, type: "sample.drawn", subjectType: "Sample", subjectId: id };
  return { ...subject, fromState: "IN_AUDIT", toState: "DRAWN", reason, audience: { auditorId } };
}

// The sample, locked, once the viewer may use the verb on it now.
async function takeSample({ db, viewer }: Verb, key: ProjectKey, name: SampleVerb, expectedVersion: ExpectedVersion): Promise<SampleRow> {
  const [sample] = await lockSamples(db, [key]);
  if (!sample) throw new NotFound("There is no such sample.", ["sampleId"]);
  checkVersion(sample.version, expectedVersion);
  walk(SAMPLE_MACHINE, sample.state, name, sampleParts(viewer, sample));
  return sample;
}

function checkLease({ leaseUntil }: Pick<SampleRow, "leaseUntil">, now: Date, path: readonly string[]): void {
  if (leaseUntil! > now) return;
  throw new Conflict(`The lease ended at ${leaseUntil!.toISOString()}; ${CLAIM_AGAIN}`, path);
}

/** Begins a valid lease anew, for its assignee: it lasts as long from now as a claim's. */
export async function extendLease(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const sample = await takeSample(verb, key, "extendLease", expectedVersion);
  checkLease(sample, verb.now, ["sampleId"]);
  const { leaseMinutes } = await settingsOf(verb.db, key.projectId);
  await moveLease(verb.db, key, minutesAfter(verb.now, leaseMinutes), verb.now);
  return key;
}

async function giveBack(verb: Verb, key: ProjectKey, given: Return): Promise<ProjectKey> {
  const voided = await asSystem(verb, (db) => returnSample(db, key, given, verb.now));
  await append(verb, [voidedEvent(voided, given.reason), returnedEvent(key.projectId, key.id, voided.auditorId, given.reason)]);
  return key;
}

/** Gives a leased sample back, for its assignee or a lead: the audit is void, and the sample waits again. */
export async function releaseSample(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  await takeSample(verb, key, "releaseSample", expectedVersion);
  return giveBack(verb, key, { isSkipped: false, reason: null });
}

/** Gives a leased sample back for good: its assignee, who says why, is never offered it again. */
export async function skipSample(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  await takeSample(verb, key, "skipSample", expectedVersion);
  return giveBack(verb, key, { isSkipped: true, reason: checkText(reason, ["reason"]) });
}

/** Keeps what an auditor has so far, for themselves alone, while the audit is open; a first audit's while its lease lasts. */
export async function saveAuditDraft(verb: Verb, key: ProjectKey, draft: unknown, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { db, viewer, now } = verb;
  const work = await lockAudit(db, key);
  if (!work) throw new NotFound("There is no such audit.", ["auditId"]);
  const { audit, sample } = work;
  checkVersion(audit.version, expectedVersion);
  walkAudit(verb, audit, sample, "saveAuditDraft");
  if (audit.role === "PRIMARY") {
    if (sample?.state !== "IN_AUDIT" || sample.assigneeId !== viewer.principalId) {
      throw new Conflict(`The lease of this audit's sample has ended; ${CLAIM_AGAIN}`, ["auditId"]);
    }
    checkLease(sample, now, ["auditId"]);
  }
  await saveDraft(db, key, checkDraft(draft), now);
  return key;
}

/** Says what somebody may claim in a project, and how much they should audit a day: all of it, in the place of what was said before. */
export async function setAuditorProfile(verb: Verb, said: Profile, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { db, viewer, now } = verb;
  const { projectId, principalId } = said;
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const markets = checkWords(said.markets, ["markets"]);
  await checkMarkets(db, markets, () => ["markets"]);
  const [languages, skills] = [checkWords(said.languages, ["languages"]), checkWords(said.skills, ["skills"])];
  const { auditor } = (await asSystem(verb, (system) => findTerms(system, principalId, [projectId], [], now))).get(projectId)!;
  const isAuditor = auditor.grants.some(({ role }) => Object.values(CLAIMING).some((roles) => roles.includes(role)));
  if (!isAuditor) throw new NotFound("Nobody of this id audits in the project; grant them AUDITOR, QA_LEAD or VENDOR_QA first.", ["principalId"]);
  const key = await saveProfile(db, { projectId, principalId, markets, languages, skills, dailyTarget: checkDailyTarget(said.dailyTarget) }, expectedVersion, now);
  const subject = { projectId, type: "auditor_profile.setAuditorProfile", subjectType: "AuditorProfile", subjectId: key.id };
  await append(verb, [{ ...subject, audience: { auditorId: principalId } }]);
  return key;
}

const BATCH = 500;

/**
 * Returns samples whose lease is over, a batch at a time: how many. Each call is one transaction under the worker's identity; call again
 * until it answers 0. The audits stay drafts of their auditors.
 */
export async function endLeases(db: Db, now: Date): Promise<number> {
  const ended = await returnEnded(db, now, BATCH);
  const drafts = ended.map(({ projectId, id, auditorId }) => returnedEvent(projectId, id, auditorId));
  await append(asWorker(db, now), drafts);
  return ended.length;
}
