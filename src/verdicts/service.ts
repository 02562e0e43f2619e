import { type Lease, walkAudit } from "../audits/publication.rules.ts";
import { auditEvent, type AuditTargets, keysOf, windowsFrom } from "../audits/service.ts";
import type { AuditRow } from "../audits/table.ts";
import { type BulkItem, decideEach, itemsOf, only, throwRefusal } from "../core/bulk.ts";
import { checkText } from "../core/checks.ts";
import { Conflict } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { noteAdjustments } from "../periods/adjustments.service.ts";
import type { ScorecardContent } from "../scorecards/rules.ts";
import { scorecardsOf } from "../scorecards/service.ts";
import {
  type Basis, complete, type Completion, judge, type Judged, NO_SCORECARD, type NewVerdict, saysSame, type Words,
} from "./findings.rules.ts";
import { checkTruth, isWorse, type Truth, type TruthInput } from "./rules.ts";
import { listBases, listVersions, lockAudits } from "./store.ts";
import type { VerdictRow } from "./table.ts";
import { insertVerdicts, moveCorrected, type Moved } from "./writes.store.ts";

/** A locked audit with all that a verdict of it follows from. */
export interface Opened {
  audit: AuditRow;
  scorecard: ScorecardContent;
  basis: Basis;
  judged: (isGolden: boolean) => Judged;
}

/**
 * Reads what verdicts of locked audits follow from: at most three statements for all. Called as the system; what is refused of an audit's
 * truth is refused when it is judged.
 */
export async function openVerdicts(db: Db, asks: readonly { audit: AuditRow; truth: Truth | null }[]): Promise<Opened[]> {
  const named = asks.map(({ audit, truth }) => ({ audit, truth: truth?.policy ?? null, previous: truth?.previous?.policy ?? null }));
  const bases = await listBases(db, named);
  const versionIds = [...new Set(asks.flatMap(({ audit }) => audit.scorecardVersionId ?? []))];
  const scorecards = await scorecardsOf(db, versionIds);
  const changed = bases.filter((_, i) => asks[i]!.truth?.previous);
  const policyIds = [...new Set(changed.flatMap(({ labeled, truth, golden }) => [labeled.policyId, truth?.id ?? [], golden?.id ?? []]).flat())];
  const versions = policyIds.length > 0 ? await listVersions(db, policyIds) : new Map();
  return asks.map(({ audit, truth }, i) => {
    const basis = bases[i]!;
    const scorecard = scorecards.get(audit.scorecardVersionId ?? "") ?? NO_SCORECARD;
    return { audit, scorecard, basis, judged: (isGolden) => judge(audit, truth, basis, versions, isGolden) };
  });
}

/** The verdict that follows the latest of an opened audit; nothing is written. */
export function nextVerdict(
  { audit, basis }: Opened,
  judged: Judged,
  completion: Completion,
  why: Pick<VerdictRow, "reason" | "explanation" | "isAfterReveal">,
  now: Date,
): NewVerdict {
  const { outcome, errorType, attribution, processReason, isGraceApplied, truthPolicyId, truthAction, truthTags } = judged;
  const { severity, score, cause, findings } = completion;
  return {
    projectId: audit.projectId, auditId: audit.id, id: newId(now), number: (basis.before?.number ?? 0) + 1,
    outcome, errorType, attribution, processReason, isGraceApplied, truthPolicyId, truthAction, truthTags, severity, score, cause, findings, ...why,
  };
}

/** A verdict that somebody gives of a locked audit after its first; what is absent stays as the verdict before says. */
export interface Ruled extends Partial<Words> {
  audit: AuditRow;
  truth?: TruthInput | null;
  reason: VerdictRow["reason"];
  /** Why, in words. */
  explanation: string | null;
}

/** A verdict given, and what it follows. */
export interface Given {
  before: NonNullable<Basis["before"]>;
  verdict: NewVerdict;
}

/** The verdict that follows from what somebody says of an opened audit past its auditor, of a golden sample too; nothing is written. */
export function followingVerdict(opened: Opened, { answers = [], cause, severities, reason, explanation }: Omit<Ruled, "audit" | "truth">, now: Date): Given {
  const { scorecard, basis } = opened;
  const judged = opened.judged(false);
  const why = { reason, explanation, isAfterReveal: true };
  return { before: basis.before!, verdict: nextVerdict(opened, judged, complete(scorecard, judged, basis, { answers, cause, severities }), why, now) };
}

/**
 * Gives locked audits their next verdicts, in the order of the rows: for whoever decides past the auditor. The audits themselves stay as
 * they are, and no event is written; the caller moves them. All or none: the first truth or answer that can't be is refused.
 */
export async function giveVerdicts(verb: Verb, rows: readonly Ruled[]): Promise<Given[]> {
  const asks = rows.map(({ audit, truth }) => ({ audit, truth: truth ? checkTruth(truth) : null }));
  return asSystem(verb, async (db) => {
    const opened = await openVerdicts(db, asks);
    const given = rows.map((row, i) => followingVerdict(opened[i]!, row, verb.now));
    await insertVerdicts(db, given.map(({ verdict }) => verdict), { actorId: verb.viewer.principalId, now: verb.now });
    return given;
  });
}

/** Locks audits, whatever the viewer sees of them, and opens their verdicts in the order of the asks; as the system. */
export async function lockVerdicts(verb: Verb, asks: readonly { key: ProjectKey; truth: Truth | null }[]): Promise<Opened[]> {
  return asSystem(verb, async (db) => {
    const audits = new Map((await lockAudits(db, asks.map(({ key }) => key))).map(({ audit }) => [audit.id, audit]));
    return openVerdicts(db, asks.map(({ key, truth }) => ({ audit: audits.get(key.id)!, truth })));
  });
}

/** A published audit whose verdict another follows; with a window it is published anew. */
interface Changed extends Given {
  audit: AuditRow;
  moved: Moved;
}

// Verdicts of published audits and what hangs on them: the audits as they stand now, and the figures of closed periods.
async function writeChanged(verb: Verb, changed: readonly Changed[], reason: "CORRECTION" | "APPEAL"): Promise<void> {
  await insertVerdicts(verb.db, changed.map(({ verdict }) => verdict), { actorId: verb.viewer.principalId, now: verb.now });
  await moveCorrected(verb.db, changed.map(({ moved }) => moved), verb.now);
  await noteAdjustments(verb, changed.map(({ audit, before, verdict }) => ({ audit, before, after: verdict, reason })));
}

// Who saw the audit sees that its verdict was changed; one that is worse for its labeler is published anew.
function changedEvent(name: "correctVerdict" | "decideAppeal", { audit, verdict, moved: { state, windowDueAt } }: Changed): EventDraft {
  const payload = { verdictNumber: String(verdict.number), ...(windowDueAt ? { windowDueAt: windowDueAt.toISOString() } : {}) };
  const event = auditEvent(audit, audit.state, state, payload);
  const what = state === audit.state ? { type: `audit.${name}`, fromState: null, toState: null } : {};
  return { ...event, ...what, reason: verdict.explanation };
}

/** Gives locked audits the verdicts that rulings made, as the system; figures follow at once. The audits stay where they are. */
export async function overturn(verb: Verb, rulings: readonly (Given & { audit: AuditRow })[]): Promise<void> {
  if (rulings.length === 0) return;
  const changed = rulings.map((each) => ({ ...each, moved: { projectId: each.audit.projectId, id: each.audit.id, state: each.audit.state, windowDueAt: null } }));
  await asSystem(verb, (db) => writeChanged({ ...verb, db }, changed, "APPEAL"));
  await append(verb, changed.map((each) => changedEvent("decideAppeal", each)));
}

/** What corrects a verdict; without a truth, the one before stays right. */
export interface Correction extends Partial<Words> {
  truth?: TruthInput | null;
  explanation: string;
}

function correct(verb: Verb, opened: Opened & { lease: Lease | null }, correction: Correction) {
  const { audit } = opened;
  walkAudit(verb, audit, opened.lease, "correctVerdict");
  const given = followingVerdict(opened, { ...correction, reason: "CORRECTION" }, verb.now);
  if (saysSame(given.verdict, opened.basis)) throw new Conflict("The verdict says this already; say what is right instead, or leave it.");
  return { ...given, audit, isWorse: isWorse(given.before, given.verdict) };
}

type Corrected = ReturnType<typeof correct>;

async function writeCorrections(verb: Verb, corrected: readonly Corrected[]): Promise<void> {
  const worse = corrected.filter((each) => each.isWorse);
  const windows = worse.length > 0 ? await windowsFrom(verb.db, verb.now, worse.map(({ audit }) => audit)) : [];
  const windowOf = new Map(worse.map((each, i) => [each, windows[i]!]));
  const changed = corrected.map((each): Changed => {
    const { projectId, id, state } = each.audit;
    const windowDueAt = windowOf.get(each) ?? null;
    return { ...each, moved: { projectId, id, state: windowDueAt ? "PUBLISHED" : state, windowDueAt } };
  });
  await writeChanged(verb, changed, "CORRECTION");
  await append(verb, changed.map((each) => changedEvent("correctVerdict", each)));
}

async function correctEach(verb: Verb, targets: AuditTargets, input: Correction, isDryRun: boolean) {
  const correction = { ...input, explanation: checkText(input.explanation, ["explanation"]) };
  const truth = input.truth ? checkTruth(input.truth) : null;
  const asked = await keysOf(verb.db, targets);
  const locked = await lockAudits(verb.db, asked.keys);
  const opened = await asSystem(verb, (db) => openVerdicts(db, locked.map(({ audit }) => ({ audit, truth }))));
  const rows = opened.map((each, i) => {
    const { projectId, id, version } = each.audit;
    return { ...each, lease: locked[i]!.sample, projectId, id, version };
  });
  const decided = decideEach("audit", asked, rows, (row) => correct(verb, row, correction));
  if (!isDryRun && decided.accepted.length > 0) await writeCorrections(verb, decided.accepted.map(({ plan }) => plan));
  return decided;
}

/**
 * Corrects the verdict of a published audit by its next version, for a lead who isn't its auditor. One that is worse for the labeler is
 * published anew, with a new window; the first publication stays the time up to which it counts as audited.
 */
export async function correctVerdict(verb: Verb, key: ProjectKey, correction: Correction, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  throwRefusal(await correctEach(verb, only(key, "auditId", expectedVersion), correction, false));
  return key;
}

/** Corrects up to 500 verdicts alike, each under the rules of the single verb. */
export async function correctVerdicts(verb: Verb, targets: AuditTargets, correction: Correction, isDryRun: boolean): Promise<BulkItem[]> {
  return itemsOf(await correctEach(verb, targets, correction, isDryRun), isDryRun);
}
