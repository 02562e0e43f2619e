import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { actsIn, type Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { type AskedRange, readRange } from "../metrics/query.rules.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { WEEKDAYS } from "../projects/table.ts";
import { checkFilter, checkScopes, type Dataset, fileNameOf, type Format, isSecret, linkEnd, makeSecret, type RowDataset } from "./rules.ts";
import { findLink, findProject, findVendorCode, insertLink, type RowFilter, stampLink } from "./store.ts";
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
  byteOrderMark: boolean;
}

/** What a link remembers of it: plain JSON. */
export interface StoredQuery {
  columns: readonly string[];
  byteOrderMark: boolean;
  fileName: string;
  filter: Omit<RowFilter, "decidedFrom" | "decidedTo" | "unseenBy"> & { decidedFrom: string | null; decidedTo: string | null };
}

async function readProject(db: Db, { dataset, projectId }: ExportWish) {
  if (dataset === "LABELERS") {
    if (projectId) throw new InvalidInput("projectId: labelers belong to no project; leave it out.", ["projectId"]);
    return null;
  }
  if (!projectId) throw new InvalidInput(`projectId: ${dataset} is of one project; name it.`, ["projectId"]);
  const project = await findProject(db, projectId);
  if (!project) throw new NotFound("projectId: there is no such project.", ["projectId"]);
  return project;
}

// What the header x-assay-role would say.
async function actingAs(db: Db, { role, vendorId }: Viewer): Promise<string> {
  return vendorId && role !== "SERVICE" ? `${role}:${await findVendorCode(db, vendorId)}` : role;
}

async function readQuery({ db, viewer, now }: Verb, dataset: RowDataset, wish: ExportWish): Promise<StoredQuery> {
  checkFilter(viewer, dataset, { ...wish.filter, range: wish.range });
  const project = await readProject(db, wish);
  const stray = wish.filter.queueIds?.some((queue) => queue.projectId !== project?.id);
  if (stray) throw new InvalidInput("filter.queueIds: names a queue of another project.", ["filter", "queueIds"]);
  const weekStart = project ? WEEKDAYS.indexOf(effectiveSettings(project.settings).weekStartsOn) : 0;
  const period = wish.range && project ? readRange(wish.range, [{ timeZone: project.timeZone, weekStart }], false, now) : null;
  const { columns, byteOrderMark, format, filter } = wish;
  return {
    columns,
    byteOrderMark,
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
  const query = await readQuery(verb, wish.dataset as RowDataset, wish);
  const [id, expiresAt, { secret, secretHash }] = [newId(now), linkEnd(viewer, now), makeSecret()];
  const actedAs = await actingAs(db, viewer);
  const { dataset, format } = wish;
  const maker = { principalId: viewer.principalId, clientId: viewer.clientId ?? null, actedAs };
  await insertLink(db, { id, ...maker, dataset, format, query: query as unknown as ExportLinkRow["query"], secretHash, createdAt: now, expiresAt });
  const made = { projectId: query.filter.projectId ?? SYSTEM_PROJECT_ID, type: "exportlink.created", subjectType: "ExportLink", subjectId: id };
  // Analysts write nothing else that anybody hears of.
  await asSystem(verb, (system) => append({ ...verb, db: system }, [{ ...made, payload: { dataset, format }, audience: {} }]));
  return { id, secret, fileName: query.fileName, expiresAt: expiresAt.toISOString() };
}

/** A link that may be fetched, with what it asks. */
export interface OpenLink extends Omit<ExportLinkRow, "query"> {
  query: StoredQuery;
}

/** The link, if it is there, still holds, and this is its secret: what is missing is never told. */
export async function openLink(db: Db, id: string, secret: string, now: Date): Promise<OpenLink | null> {
  const link = await findLink(db, id);
  if (!link || link.expiresAt <= now || !isSecret(secret, link.secretHash)) return null;
  return { ...link, query: link.query as unknown as StoredQuery };
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
