import { checkText } from "../core/checks.ts";
import { newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { Reads } from "../db/steps.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { foldRecorded } from "../rollups/service.ts";
import { checkKeepDays, cutoffOf, isDue, type RetainedKind, type RetainedPiece } from "./rules.ts";
import {
  changeRule, insertRule, listApplicable, listPieces, lockRule, markApplied, removeDecisions, removeRetained, takeNextDecisions, voidAudits,
} from "./store.ts";

const ROWS = 5_000;
const DECISIONS = 2_000;

export interface SetRetentionInput {
  kind: RetainedKind;
  /** Null: for ever. */
  keepDays?: number | null;
  reason: string;
  expectedVersion?: ExpectedVersion;
}

/** Says for how many days something is kept, or that it is for ever, as it is where nobody has said anything. It is applied once a day from then on. */
export async function setRetention(verb: Verb, { kind, keepDays = null, reason, expectedVersion }: SetRetentionInput): Promise<{ id: string }> {
  const changes = { keepDays: keepDays === null ? null : checkKeepDays(kind, keepDays), reason: checkText(reason, ["reason"]) };
  const standing = await lockRule(verb.db, kind);
  const id = standing?.id ?? newId(verb.now);
  if (standing) await changeRule(verb.db, id, expectedVersion, changes, verb.now);
  else {
    // What was never set is at no version.
    checkVersion(0, expectedVersion);
    await insertRule(verb.db, { id, kind, ...changes });
  }
  const what = { type: "retention_rule.set", subjectType: "RetentionRule", subjectId: id, reason: changes.reason, payload: { kind, keepDays } };
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, ...what, audience: {} }]);
  return { id };
}

/** What keeping something for so many days would let go of now, piece by piece, and which pieces would have to wait for what. */
export async function previewRetention(reads: Reads, kind: RetainedKind, keepDays: number, now: Date): Promise<RetainedPiece[]> {
  const before = cutoffOf(checkKeepDays(kind, keepDays), now);
  return reads((db) => listPieces(db, kind, before));
}

// Children first. Audits leave facts and sums as voided ones do, in the same transaction; frozen reports keep what they say.
async function removeNextDecisions(db: Db, before: Date, now: Date): Promise<number> {
  const next = await takeNextDecisions(db, before, DECISIONS);
  if (!next) return 0;
  const { projectId, decisionIds, auditIds } = next;
  if (projectId === null) return 1;
  if (auditIds.length > 0) {
    await voidAudits(db, projectId, auditIds);
    await foldRecorded(db, projectId, auditIds, now);
  }
  await removeDecisions(db, projectId, decisionIds);
  return decisionIds.length;
}

/** Lets the next rows go of what a rule no longer keeps, in the transaction given, as the system; how much, 0 once nothing is left to go. */
export async function removeNext(db: Db, kind: RetainedKind, keepDays: number, now: Date): Promise<number> {
  const before = cutoffOf(keepDays, now);
  return kind === "DECISIONS" ? removeNextDecisions(db, before, now) : removeRetained(db, kind, before, ROWS);
}

/** Applies the rule of a kind, if there is one, a day after it was last applied: the next rows of what it lets go, 0 once all are gone. */
export async function applyRetention(db: Db, kind: RetainedKind, now: Date): Promise<number> {
  const rule = (await listApplicable(db)).find((one) => one.kind === kind);
  if (!rule || !isDue(rule.appliedAt, now)) return 0;
  const removed = await removeNext(db, kind, rule.keepDays, now);
  if (removed === 0) await markApplied(db, rule.id, now);
  return removed;
}

/** The rules that let something go. */
export async function rulesOf(reads: Reads): Promise<{ kind: RetainedKind; keepDays: number }[]> {
  return reads(listApplicable);
}
