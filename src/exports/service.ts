import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { actsIn, type Viewer } from "../core/viewer.ts";
import type { Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { attachRelations, type Known } from "../db/relations.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import type { KnownKey } from "../grants/rules.ts";
import { type AskedRange, readRange } from "../metrics/query.rules.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { WEEKDAYS } from "../projects/table.ts";
import { findingEntity, verdictEntity } from "../verdicts/table.ts";
import { checkFilter, checkScopes, type Dataset, fileNameOf, type Format, isSecret, linkEnd, makeSecret, type RowDataset } from "./rules.ts";
import {
  entityOf, findLink, findProject, findVendorCode, insertLink, listFailures, listFindings, listRows, listVerdicts, type Row, type RowFilter, type Source, stampLink,
} from "./store.ts";
import type { ExportLinkRow } from "./table.ts";

/** What is to be exported, as it is asked for; ids are rows' own. */
export interface ExportWish {
  dataset: Dataset;
  format: Format;
  projectId: string | null;
  filter: Omit<RowFilter, "projectId" | "queueIds" | "decidedFrom" | "decidedTo" | "unseenBy"> & { queueIds?: readonly ProjectKey[] | null };
  range: AskedRange | null;
  /** Names, in their order. */
  columns: readonly string[];
  hasByteOrderMark: boolean;
  /** Of METRICS: what `metrics` is asked. */
  metrics: Record<string, unknown> | null;
}

/** What a link remembers of it: plain JSON. */
export interface StoredQuery {
  columns: readonly string[];
  hasByteOrderMark: boolean;
  fileName: string;
  metrics: Record<string, unknown> | null;
  filter: Omit<RowFilter, "decidedFrom" | "decidedTo" | "unseenBy"> & { decidedFrom: string | null; decidedTo: string | null };
}

/** Datasets of no project of their own. */
const GLOBAL: Partial<Record<Dataset, string>> = { LABELERS: "labelers belong to no project", METRICS: "metrics.projects names them" };

async function readProject(db: Db, { dataset, projectId }: ExportWish) {
  const why = GLOBAL[dataset];
  if (why && projectId) throw new InvalidInput(`projectId: ${why}; leave it out.`, ["projectId"]);
  if (why) return null;
  if (!projectId) throw new InvalidInput(`projectId: ${dataset} is of one project; name it.`, ["projectId"]);
  const project = await findProject(db, projectId);
  if (!project) throw new NotFound("projectId: there is no such project.", ["projectId"]);
  return project;
}

// What the header x-assay-role would say.
async function actingAs(db: Db, { role, vendorId }: Viewer): Promise<string> {
  return vendorId && role !== "SERVICE" ? `${role}:${await findVendorCode(db, vendorId)}` : role;
}

async function readQuery({ db, viewer, now }: Verb, wish: ExportWish): Promise<StoredQuery> {
  const { dataset, columns, hasByteOrderMark, format, filter, range, metrics } = wish;
  if ((dataset === "METRICS") !== (metrics !== null)) throw new InvalidInput("metrics: give it for METRICS, and for no other dataset.", ["metrics"]);
  checkFilter(viewer, dataset, { ...filter, range });
  const project = await readProject(db, wish);
  const stray = filter.queueIds?.some((queue) => queue.projectId !== project?.id);
  if (stray) throw new InvalidInput("filter.queueIds: names a queue of another project.", ["filter", "queueIds"]);
  const weekStart = project ? WEEKDAYS.indexOf(effectiveSettings(project.settings).weekStartsOn) : 0;
  const period = range && project ? readRange(range, [{ timeZone: project.timeZone, weekStart }], false, now) : null;
  return {
    columns,
    hasByteOrderMark,
    metrics,
    fileName: fileNameOf(dataset, project?.code ?? null, format, now),
    filter: {
      ...filter,
      projectId: project?.id ?? null,
      queueIds: filter.queueIds?.map(({ id }) => id) ?? null,
      decidedFrom: period?.from.toISOString() ?? null,
      decidedTo: period?.to.toISOString() ?? null,
    },
  };
}

/** Makes a link to a table of what the viewer may see, that ends soon. What is in the table is read when it is fetched. */
export async function createExport(verb: Verb, wish: ExportWish) {
  const { db, viewer, now } = verb;
  checkScopes(viewer, wish.dataset);
  const query = await readQuery(verb, wish);
  const [id, expiresAt, { secret, secretHash }] = [newId(now), linkEnd(viewer, now), makeSecret()];
  const actedAs = await actingAs(db, viewer);
  const { dataset, format } = wish;
  const maker = { principalId: viewer.principalId, clientId: viewer.clientId ?? null, keyPrint: viewer.keyPrint ?? null, scopes: viewer.scopes && [...viewer.scopes], actedAs };
  await insertLink(db, { id, ...maker, dataset, format, query: query as unknown as ExportLinkRow["query"], secretHash, createdAt: now, expiresAt });
  const made = { projectId: query.filter.projectId ?? SYSTEM_PROJECT_ID, type: "exportlink.created", subjectType: "ExportLink", subjectId: id };
  // Analysts write nothing else that anybody hears of.
  await asSystem(verb, (system) => append({ ...verb, db: system }, [{ ...made, payload: { dataset, format }, audience: {} }]));
  return { id, secret, fileName: query.fileName, expiresAt: expiresAt.toISOString() };
}

/** A link that may be fetched, with what it asks. */
export interface OpenLink extends Omit<ExportLinkRow, "query"> {
  query: StoredQuery;
  /** With which its maker came; null for a JWT. */
  key: KnownKey | null;
}

/** The link, if it is there, still holds, and this is its secret: what is missing is never told. */
export async function openLink(db: Db, id: string, secret: string, now: Date): Promise<OpenLink | null> {
  const link = await findLink(db, id);
  if (!link || link.expiresAt <= now || !isSecret(secret, link.secretHash)) return null;
  const { clientId, keyPrint } = link;
  return { ...link, query: link.query as unknown as StoredQuery, key: clientId === null ? null : { clientId, keyPrint: keyPrint! } };
}

/** True while its maker still acts where the link's rows are. */
export function reaches(viewer: Viewer, { query }: OpenLink): boolean {
  const { projectId } = query.filter;
  return projectId === null || actsIn(viewer, projectId);
}

/** Keeps when a link was last fetched whole, and how many rows it had. */
export async function stampFetch(db: Db, id: string, rowCount: number, now: Date): Promise<void> {
  await stampLink(db, id, rowCount, now);
}

/** Reads in one snapshot of the viewer's. */
export type Read = <T>(work: (db: Db) => Promise<T>) => Promise<T>;

/** Rows that are read at a time. Findings are read by audits, which have some ten of them each. */
const SLICE: Readonly<Record<RowDataset, number>> = {
  DECISIONS: 500, SAMPLES: 500, AUDITS: 500, FINDINGS: 100, LABELERS: 500, CALIBRATIONS: 500, APPEALS: 500, ESCALATIONS: 500,
};

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
  const own = dataset === "FINDINGS" ? (selection.audit ?? {}) : source === "AUDITS" ? without(selection, "verdict") : selection;
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
