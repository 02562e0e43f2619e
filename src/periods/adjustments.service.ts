import type { ProjectKey } from "../core/ids.ts";
import { newId } from "../core/ids.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { insertAdjustments, insertSince } from "./adjustments.store.ts";
import { type AdjustmentReason, type Counted, deltasOf } from "./rules.ts";
import type { ReportingPeriodRow } from "./table.ts";

/** A published audit whose figures change, and how. */
export interface FigureChange {
  audit: ProjectKey & { labelerId: string; vendorId: string; teamId: string | null; auditorId: string; decidedAt: Date };
  before: Counted;
  /** The verdict that takes its place; null where the audit is voided. */
  after: (Counted & { id: string }) | null;
  reason: AdjustmentReason;
}

/**
 * Writes what changes of figures that were frozen: a line for each closed period that an audit's decision lies in, week and month. Of open
 * periods nothing is written; one that is being closed at this moment is waited for. Belongs into the transaction of the change.
 */
export async function noteAdjustments(verb: Verb, changes: readonly FigureChange[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ audit: { projectId, id: auditId, labelerId, vendorId, teamId, auditorId, decidedAt }, before, after, reason }) => ({
    projectId, auditId, labelerId, vendorId, teamId, auditorId, decidedAt, reason,
    ids: { WEEK: newId(verb.now), MONTH: newId(verb.now) }, verdictId: after?.id ?? null, ...deltasOf(before, after),
  }));
  await asSystem(verb, (db) => insertAdjustments(db, rows, verb.now));
}

/**
 * Writes the same for what changed while the figures of a locked period were computed: after the time that they are as of, and before it is
 * closed.
 */
export async function noteSince(verb: Verb, period: ReportingPeriodRow, span: { from: Date; to: Date }, asOf: Date): Promise<void> {
  await asSystem(verb, (db) => insertSince(db, period, span, asOf));
}
