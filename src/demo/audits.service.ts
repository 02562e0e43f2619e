import { newId } from "../core/ids.ts";
import { areAgreed } from "../doubles/rules.ts";
import { between, pick, type Random } from "../stats/random.ts";
import {
  doubleDueAt, type DoubleStanding, doubleStandingOf, hoursAfter, publishDueAt, secondWork, standingOf, type Work,
} from "../story/audits.rules.ts";
import type { ProjectPlan, QueuePlan } from "../story/organisation.rules.ts";
import { type Call, UPDATED_POLICY } from "../story/policies.rules.ts";
import { startOf, TECHNICAL_RATE, UPDATED_ON_DAY } from "../story/rules.ts";
import { acknowledgementOf, causeOf, guidanceOf } from "../story/scorecard.rules.ts";
import {
  type Case, explanationOf, giveVerdict, isSameCall, type Rulebook, sayOf, type Signature, type Slips, type VerdictPlan,
} from "../story/verdicts.rules.ts";
import { isWorse } from "../verdicts/rules.ts";
import type { AuditDraft, Drafts } from "./audits.store.ts";
import type { Drawn } from "./store.ts";

/** Everything that is needed to judge the samples of a project. */
export interface Bench {
  now: Date;
  project: ProjectPlan;
  rulebook: Rulebook;
  scorecardVersionId: string;
  queuesById: ReadonlyMap<string, QueuePlan>;
  /** The zone of each labeler's site, and who reads their audits: they themselves, where they have an account. */
  zonesByLabeler: ReadonlyMap<string, string>;
  principalsByLabeler: ReadonlyMap<string, string | null>;
  qaByVendor: ReadonlyMap<string, string>;
  leadId: string;
  auditorIds: readonly string[];
  /** By decision, what the mistaken ones should have been. */
  truths: ReadonlyMap<string, Call>;
}

const FIRST: Slips = { missed: 0.06, invented: 0.008 };
const SECOND: Slips = { missed: 0.15, invented: 0.05 };

// A decision with what it said, what it should have said, and what happened to it that its auditor sees.
interface Item {
  sample: Drawn;
  decision: Case;
  called: Call;
  truth: Call;
  queue: QueuePlan;
  isTechnicalFailure: boolean;
}

function itemOf({ now, project, rulebook, queuesById, truths }: Bench, random: Random, sample: Drawn): Item {
  const called = { policy: rulebook.policiesById.get(sample.policyId)!.code, action: sample.action! };
  const truth = truths.get(sample.decisionId) ?? called;
  const isNews = truth.policy === UPDATED_POLICY && sample.decidedAt >= startOf(project.timeZone, now, UPDATED_ON_DAY);
  const isTechnicalFailure = random() < TECHNICAL_RATE;
  return { sample, called, truth, isTechnicalFailure, decision: { ...sample, isNews }, queue: queuesById.get(sample.queueId)! };
}

function signFirst(auditId: string, actorId: string, recordedAt: Date): Signature {
  return { id: newId(recordedAt), auditId, number: 1, reason: "INITIAL", explanation: null, isAfterReveal: false, actorId, recordedAt };
}

// What an auditor leaves behind, whatever becomes of it.
function judgeOnce({ rulebook }: Bench, random: Random, item: Item, auditorId: string, work: Work, slips: Slips) {
  const { sample, decision, called, truth, queue, isTechnicalFailure } = item;
  const id = newId(work.claimedAt);
  const said = sayOf(random, called, truth, queue, slips);
  const signature = signFirst(id, auditorId, work.revealedAt);
  const verdict = giveVerdict(random, rulebook, decision, { ...said, isTechnicalFailure }, signature, null);
  const draft = {
    id, auditorId, ...work, sampleId: sample.id, policyVersionId: sample.policyVersionId, answerPolicyId: verdict.truthPolicyId,
    answerAction: said.action, guidance: guidanceOf(verdict.errorType),
  };
  return { draft, verdict, isRight: isSameCall(said, truth) };
}

type Judging = ReturnType<typeof judgeOnce>;

const UNREAD = { acknowledged: null, proposedCause: null, acknowledgement: null };

// A second auditor's part, which is written down at once; and where that leaves the two.
function judgeTwice(bench: Bench, random: Random, item: Item, first: Judging, into: Drafts): DoubleStanding {
  const { id: primaryAuditId, auditorId, submittedAt } = first.draft;
  const work = secondWork(random, submittedAt, bench.now);
  const others = bench.auditorIds.filter((each) => each !== auditorId);
  const second = work && judgeOnce(bench, random, item, pick(random, others), work, SECOND);
  const dueAt = doubleDueAt(submittedAt, bench.project.timeZone);
  const isAgreed = second !== null && areAgreed(first.verdict, second.verdict);
  const standing = doubleStandingOf(random, { submittedAt, dueAt, second: work, isAgreed }, bench.now);
  if (second) {
    const course = { work: second.draft, isDouble: true, disputedAt: null, publishedAt: null, acknowledged: null, corrected: null };
    const ended = { ...standingOf(course, bench.project.timeZone, bench.now), state: "SUBMITTED" as const };
    into.audits.push({ ...second.draft, ...ended, proposedCause: null, acknowledgement: null, role: "SECOND", ofAuditId: primaryAuditId });
    into.verdicts.push(second.verdict);
  }
  const { outcome, resolvedAt, version, updatedAt } = standing;
  into.doubles.push({
    primaryAuditId, secondAuditId: second?.draft.id ?? null, secondAuditorId: second?.draft.auditorId ?? null, dueAt, outcome, resolvedAt,
    adjudicatorId: outcome === "ADJUDICATED" ? bench.leadId : null, version, createdAt: submittedAt, updatedAt,
  });
  return standing;
}

// Whoever reads it within half a day: labelers with an account most of theirs, their vendor's quality staff the errors above all.
function readBy(bench: Bench, random: Random, { sample, decision }: Item, verdict: VerdictPlan, publishedAt: Date) {
  const labelerId = bench.principalsByLabeler.get(sample.labelerId);
  const qaId = bench.qaByVendor.get(sample.vendorId);
  const isWrong = verdict.outcome === "INCORRECT";
  const [roll, at] = [random(), hoursAfter(publishedAt, between(random, 0.5, 12))];
  const byId = labelerId && roll < 0.7 ? labelerId : qaId && qaId !== verdict.actorId && roll < (isWrong ? 0.8 : 0.12) ? qaId : null;
  if (byId === null || at > bench.now) return UNREAD;
  const words = byId === qaId && isWrong ? acknowledgementOf(random) : null;
  const proposedCause = byId === qaId && random() < 0.6 ? causeOf(random, verdict.errorType, decision.isNews) : null;
  return { acknowledged: { at, byId }, acknowledgement: words, proposedCause };
}

type Reason = "ADJUDICATION" | "CORRECTION";

// The lead says what is right.
function next({ rulebook, leadId }: Bench, random: Random, item: Item, before: VerdictPlan, reason: Reason, recordedAt: Date): VerdictPlan {
  const { decision, truth, isTechnicalFailure } = item;
  const whose = { id: newId(recordedAt), auditId: before.auditId, number: before.number + 1, actorId: leadId, recordedAt };
  const signature = { ...whose, reason, explanation: explanationOf(random, reason), isAfterReveal: true };
  return giveVerdict(random, rulebook, decision, { ...truth, isTechnicalFailure }, signature, before);
}

/**
 * An audit of a sample, with its second one where two judge it, as far as things have come by now. Whoever decides past the auditor is
 * right; and what an auditor got wrong, a lead finds within six days of its publication.
 */
export function draftAudit(bench: Bench, random: Random, sample: Drawn, work: Work, into: Drafts): void {
  const item = itemOf(bench, random, sample);
  const first = judgeOnce(bench, random, item, pick(random, bench.auditorIds), work, FIRST);
  const double = sample.isDouble ? judgeTwice(bench, random, item, first, into) : null;
  const dueAt = publishDueAt(work);
  const publishedAt = double ? double.resolvedAt : dueAt <= bench.now ? dueAt : null;
  const verdicts = [first.verdict];
  const isOverruled = double?.outcome === "ADJUDICATED" && !first.isRight;
  if (isOverruled) verdicts.push(next(bench, random, item, first.verdict, "ADJUDICATION", publishedAt!));
  const published = verdicts.at(-1)!;
  const { acknowledged, ...reading } = publishedAt ? readBy(bench, random, item, published, publishedAt) : UNREAD;
  const foundAt = publishedAt && !first.isRight && !isOverruled ? hoursAfter(publishedAt, between(random, 24, 144)) : null;
  const correction = foundAt && foundAt <= bench.now ? next(bench, random, item, published, "CORRECTION", foundAt) : null;
  const course = {
    work, publishedAt, acknowledged, isDouble: sample.isDouble, disputedAt: double?.disputedAt ?? null,
    corrected: correction && { at: correction.recordedAt, isWorse: isWorse(published, correction) },
  };
  const standing = standingOf(course, bench.zonesByLabeler.get(sample.labelerId)!, bench.now);
  const draft: AuditDraft = { ...first.draft, ...standing, ...reading, role: "PRIMARY", ofAuditId: null };
  into.audits.push(draft);
  into.verdicts.push(...verdicts, ...(correction ? [correction] : []));
}
