import { checkName } from "../core/checks.ts";
import { Conflict, Forbidden, NotFound } from "../core/errors.ts";
import { encodeId, newId, type ProjectKey } from "../core/ids.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkAccess, decodeFilter } from "../metrics/query.rules.ts";
import { measureQuality } from "../metrics/service.ts";
import type { PeriodKind } from "../periods/rules.ts";
import { checkKinds, checkRepeatable, metricsQuery, readerOf, type ReportQuery } from "./rules.ts";
import { changeDefinition, insertDefinition, lockDefinition } from "./store.ts";
import type { ReportDefinitionRow } from "./table.ts";

/** What of a report is said when it is defined. */
export interface Defined {
  name: string;
  query: ReportQuery;
  kinds: readonly PeriodKind[];
  audience: ReportDefinitionRow["audience"];
}

// A day of which nothing is known.
const NO_DAY = { from: "1970-01-01", to: "1970-01-02", timeZone: "UTC", weekStart: 0 };

// Asks what the report will ask, of a day without data: what `metrics` refuses the lead, or a vendor's manager, is refused now.
async function checkQuery(verb: Verb, projectId: string, { query, audience }: Pick<Defined, "query" | "audience">): Promise<void> {
  checkRepeatable(query);
  const project = encodeId("Project", { projectId: null, id: projectId });
  await measureQuality(verb.db, verb.viewer, metricsQuery({ ...query, project, range: NO_DAY, asOf: null }));
  if (audience !== "PARTNER") return;
  try {
    checkAccess(readerOf(verb.viewer.principalId), query.measures, query.groupBy, decodeFilter(query.filter, ["query", "filter"]), query);
  } catch (error) {
    if (!(error instanceof Forbidden)) throw error;
    throw new Forbidden(`query: partners may not ask this: ${error.message} Take audience STAFF, or ask otherwise.`, ["query"]);
  }
}

async function announce(verb: Verb, { projectId, id }: ProjectKey, what: "created" | "changed" | "archived"): Promise<void> {
  const subject = { projectId, type: `report_definition.${what}`, subjectType: "ReportDefinition", subjectId: id };
  await append(verb, [{ ...subject, audience: { isStaffVisible: true } }]);
}

/** Defines a report: from now on each period of its kinds freezes its answer when it closes. It is asked by the same rules as `metrics`. */
export async function createReportDefinition(verb: Verb, projectId: string, { name, query, kinds, audience }: Defined): Promise<ProjectKey> {
  if (!actsIn(verb.viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const key = { projectId, id: newId(verb.now) };
  const row = { name: checkName(name), kinds: checkKinds(kinds), audience };
  await checkQuery(verb, projectId, { query, audience });
  await insertDefinition(verb.db, { ...key, ...row, query: { ...query }, createdAt: verb.now, updatedAt: verb.now });
  await announce(verb, key, "created");
  return key;
}

type DefinitionVerb = "changeReportDefinition" | "archiveReportDefinition";

async function takeDefinition(verb: Verb, key: ProjectKey, name: DefinitionVerb, expectedVersion: ExpectedVersion): Promise<ReportDefinitionRow> {
  const definition = await lockDefinition(verb.db, key);
  if (!definition) throw new NotFound("There is no such report definition.", ["id"]);
  checkVersion(definition.version, expectedVersion);
  if (definition.isArchived) throw new Conflict(`${name}: the report is archived, for good; define another.`, ["id"]);
  return definition;
}

/** Changes what a report asks from the next closing on; absent fields stay. What was frozen keeps the question that it answered. */
export async function changeReportDefinition(
  verb: Verb,
  key: ProjectKey,
  change: { [Name in keyof Defined]?: Defined[Name] | null } & { expectedVersion?: ExpectedVersion },
): Promise<ProjectKey> {
  const before = await takeDefinition(verb, key, "changeReportDefinition", change.expectedVersion);
  const query = change.query ?? (before.query as unknown as ReportQuery);
  const audience = change.audience ?? before.audience;
  if (change.query || change.audience) await checkQuery(verb, key.projectId, { query, audience });
  const name = change.name == null ? before.name : checkName(change.name);
  const kinds = change.kinds ? checkKinds(change.kinds) : before.kinds;
  await changeDefinition(verb.db, key, { name, query: { ...query }, kinds, audience }, verb.now);
  await announce(verb, key, "changed");
  return key;
}

/** Freezes a report no longer. Its snapshots stay. */
export async function archiveReportDefinition(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  await takeDefinition(verb, key, "archiveReportDefinition", expectedVersion);
  await changeDefinition(verb.db, key, { isArchived: true }, verb.now);
  await announce(verb, key, "archived");
  return key;
}
