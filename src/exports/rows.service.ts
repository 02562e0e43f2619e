import type { Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { attachRelations, type Known } from "../db/relations.ts";
import { findingEntity, verdictEntity } from "../verdicts/table.ts";
import type { RowDataset } from "./rules.ts";
import { entityOf, listFailures, listFindings, listRows, listVerdicts, type Row, type RowFilter, type Source } from "./store.ts";

/** Reads in one snapshot of the viewer's. */
export type Read = <T>(work: (db: Db) => Promise<T>) => Promise<T>;

/** Rows that are read at a time. Findings are read by audits, which have some ten of them each. */
const SLICE: Readonly<Record<RowDataset, number>> = { DECISIONS: 2_000, SAMPLES: 2_000, AUDITS: 1_000, FINDINGS: 200, LABELERS: 2_000 };

const without = (selection: Selection, ...parts: string[]): Selection => Object.fromEntries(Object.entries(selection).filter(([name]) => !parts.includes(name)));

interface Reading {
  projectId: string;
  selection: Selection;
  known: Known;
}

// The verdict in force stands beside each audit, and what failed by it.
async function attachVerdicts(db: Db, rows: readonly Row[], { projectId, selection, known }: Reading): Promise<void> {
  const verdicts = await listVerdicts(db, projectId, rows.map(({ id }) => id));
  await attachRelations(db, verdictEntity, selection.verdict ?? {}, verdicts, known, "verdict");
  const byAudit = new Map(verdicts.map((verdict) => [verdict.auditId, verdict]));
  for (const row of rows) row.verdict = byAudit.get(row.id) ?? null;
}

async function attachFailures(db: Db, rows: readonly Row[], { projectId }: Reading): Promise<void> {
  const ids = rows.flatMap(({ verdict }) => (verdict as Row | null)?.id ?? []);
  const failures = await listFailures(db, projectId, ids);
  const byVerdict = new Map(ids.map((id) => [id, { criteria: [] as string[], codes: new Set<string>() }]));
  for (const { verdictId, criterion, errorCode } of failures) {
    const { criteria, codes } = byVerdict.get(verdictId)!;
    if (criterion) criteria.push(criterion);
    if (errorCode) codes.add(errorCode);
  }
  for (const row of rows) {
    const failed = byVerdict.get((row.verdict as Row | null)?.id ?? "");
    row.failedCriteria = failed?.criteria ?? null;
    row.errorCodes = failed ? [...failed.codes] : null;
  }
}

async function findingsOf(db: Db, audits: readonly Row[], { projectId, selection, known }: Reading): Promise<Row[]> {
  const byVerdict = new Map(audits.flatMap((audit) => (audit.verdict ? [[(audit.verdict as Row).id, audit] as const] : [])));
  const found = await listFindings(db, projectId, [...byVerdict.keys()]);
  await attachRelations(db, findingEntity, without(selection, "audit", "verdict"), found, known, "finding");
  return found.map((finding) => {
    const audit = byVerdict.get(finding.verdictId)!;
    return { ...finding, audit, verdict: audit.verdict };
  });
}

/**
 * The rows of a dataset, in slices by id, each with the relations selected: so many statements a slice at most as there are relations. They
 * are rows of one snapshot if `read` reads in one.
 */
export async function* readRows(read: Read, dataset: RowDataset, filter: RowFilter, selection: Selection): AsyncGenerator<Row[]> {
  const source: Source = dataset === "FINDINGS" ? "AUDITS" : dataset;
  const reading: Reading = { projectId: filter.projectId ?? "", selection, known: new Map() };
  const own = dataset === "FINDINGS" ? (selection.audit ?? {}) : without(selection, "verdict");
  for (let after: string | null = null; ; ) {
    const { rows, last } = await read(async (db) => {
      const found: Row[] = await listRows(db, source, filter, after, SLICE[dataset]);
      await attachRelations(db, entityOf(source), own, found, reading.known);
      if (source === "AUDITS") await attachVerdicts(db, found, reading);
      if (dataset === "AUDITS") await attachFailures(db, found, reading);
      const shown = dataset === "FINDINGS" ? await findingsOf(db, found, reading) : found;
      return { rows: shown, last: found.length < SLICE[dataset] ? null : found.at(-1)!.id };
    });
    if (rows.length > 0) yield rows;
    if (last === null) return;
    after = last;
  }
}
