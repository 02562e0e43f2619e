import { decodeId, type ProjectKey } from "../core/ids.ts";
import { PEOPLE } from "../core/viewer.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, keyOf } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { ScoreTimeEnum } from "../metrics/values.graphql.ts";
import { ReportingPeriod } from "../periods/graphql.ts";
import { PeriodKind, Project } from "../projects/graphql.ts";
import { Vendor } from "../vendors/graphql.ts";
import { type FrozenQuery, type ReportQuery, seesFigures, seesQuery } from "./rules.ts";
import { type Verified, verifySnapshot } from "./snapshots.service.ts";
import { type DefinitionFilter, definitionList, type SnapshotFilter, snapshotList } from "./store.ts";
import { REPORT_AUDIENCES, reportDefinitionEntity, reportSnapshotEntity, type ReportSnapshotRow } from "./table.ts";

export const ReportDefinition = entityRef(reportDefinitionEntity);
export const ReportSnapshot = entityRef(reportSnapshotEntity);

export const ReportAudience = builder.enumType("ReportAudience", {
  description: "Whom a report is for.",
  values: {
    STAFF: { description: "The client's staff." },
    PARTNER: { description: "Vendors too: each gets the same question answered of its own rows, and sees that alone." },
  } satisfies Record<(typeof REPORT_AUDIENCES)[number], object>,
});

defineEntity(ReportDefinition, {
  description: "A saved `metrics` query. When a period of its kinds closes, its answer is frozen. Partners see those for PARTNER, labelers none.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "For people." }),
    kinds: t.field({ type: [PeriodKind], description: "At the closing of which periods it is frozen.", resolve: ({ kinds }) => kinds }),
    audience: t.field({ type: ReportAudience, description: "Whom it is for, from the next closing on.", resolve: ({ audience }) => audience }),
    query: t.field({
      type: "JSON",
      nullable: true,
      description: "What it asks: arguments of `metrics` by name, as `ReportQueryInput` takes them. Null for partners.",
      ...shownTo(seesQuery),
      resolve: ({ query }, _, { viewer }) => (seesQuery(viewer) ? query : null),
    }),
    isArchived: t.exposeBoolean("isArchived", { description: "It is frozen no longer; its snapshots stay." }),
    project: one(t, "project", Project, "Whose report it is."),
    ...versionedFields(t),
  }),
});

const queryOf = ({ query }: ReportSnapshotRow) => query as unknown as FrozenQuery;

defineEntity(ReportSnapshot, {
  description:
    "What a report said when a period closed; it never changes. Whoever may not ask `metrics` for such figures sees none here. Partners see " +
    "those of their own rows, of audience PARTNER; labelers none.",
  fields: (t) => ({
    closing: t.exposeInt("closing", { description: "Which closing of the period made it, from 1; a period that is reopened has several." }),
    audience: t.field({ type: ReportAudience, description: "Whom it is for.", resolve: ({ audience }) => audience }),
    asOf: t.field({ type: "DateTime", description: "Up to when what was known is in it: when the period closed.", resolve: ({ asOf }) => asOf }),
    scoreTime: t.field({
      type: ScoreTimeEnum,
      description: "Which verdict of an audit counts.",
      resolve: ({ scoreTime }) => scoreTime as ReportQuery["score"],
    }),
    measureDefsVersion: t.exposeInt("measureDefsVersion", { description: "The version of the measures' definitions then (`metrics.meta`)." }),
    query: t.field({
      type: "JSON",
      nullable: true,
      description: "All that it was asked by: arguments of `metrics`, with project, range (and first weekday: 0 for Monday) and asOf. Null for partners.",
      ...shownTo(seesQuery),
      resolve: ({ query }, _, { viewer }) => (seesQuery(viewer) ? query : null),
    }),
    data: t.field({
      type: "JSON",
      nullable: true,
      description:
        "{project, vendor, range, asOf, score, rows: [{keys: {DIMENSION: {id, value} or {value} or null}, values: [{measure, value, numerator, " +
        "denominator, n, interval, weighted, suppressed, reason, comparison where it was asked for}]}], totals: [value] or null, hasMoreRows}. `value` of an object is its code, " +
        "policy version or pseudonym, null for people. At most 10,000 rows. Null where the viewer may not ask for it.",
      resolve: (row, _, { viewer }) => (seesFigures(viewer, queryOf(row)) ? JSON.parse(row.data) : null),
    }),
    text: t.string({
      nullable: true,
      description: "The bytes that dataHash is of, in UTF-8: `data` with sorted keys, without spaces. Null where `data` is.",
      resolve: (row, _, { viewer }) => (seesFigures(viewer, queryOf(row)) ? row.data : null),
    }),
    dataHash: t.string({ description: "SHA-256 of `text` in hex.", resolve: ({ dataHash }) => dataHash.toString("hex") }),
    createdAt: t.field({ type: "DateTime", description: "When it was stored.", resolve: ({ createdAt }) => createdAt }),
    definition: one(t, "definition", ReportDefinition, "What was asked; it may ask otherwise by now. Null for partners where it is for staff by now."),
    period: one(t, "period", ReportingPeriod, "What it is of."),
    vendor: one(t, "vendor", Vendor, "Whose rows it is of; null for everybody's."),
  }),
});

const definitionListType = defineList(ReportDefinition, definitionList, {
  orders: { ID: "Order of creation.", NAME: "By name.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    kinds: t.field({ type: [PeriodKind], description: "Those of one of these kinds of period." }),
    audiences: t.field({ type: [ReportAudience], description: "Those for one of these audiences." }),
    isArchived: t.boolean({ description: "True for those archived, false for the others." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: DefinitionFilter) => input,
});

const snapshotListType = defineList(ReportSnapshot, snapshotList, {
  orders: { ID: "Order in which they were made.", AS_OF: "By the time that they are as of." },
  filter: (t: InputFields) => ({
    vendorIds: t.idList({ description: "Those of the rows of one of these vendors." }),
    isOfVendor: t.boolean({ description: "True for those of one vendor's rows, false for those of everybody's." }),
    closing: t.int({ description: "Those that this closing of their period made, from 1." }),
    createdAfter: t.field({ type: "DateTime", description: "Those made after this time." }),
  }),
  read: ({ vendorIds, ...rest }: SnapshotFilter): SnapshotFilter =>
    ({ ...rest, vendorIds: vendorIds?.map((id) => decodeId("Vendor", id, ["filter", "vendorIds"]).id) }),
});

rootList(definitionListType, "reportDefinitions", "Reports of the viewer's projects. Not for labelers.");
builder.objectFields(Project, (t) => ({ reportDefinitions: childList(t, definitionListType, "projectId", "Its reports.") }));
builder.objectFields(ReportDefinition, (t) => ({ snapshots: childList(t, snapshotListType, "definitionId", "What it said, closing by closing.") }));
builder.objectFields(ReportingPeriod, (t) => ({ snapshots: childList(t, snapshotListType, "periodId", "What was frozen when it closed, each time.") }));

const Verification = builder.objectRef<Verified>("ReportVerification").implement({
  description: "What came of computing a report snapshot again, from the rows as they are now and the arguments that are stored with it.",
  fields: (t) => ({
    isIntact: t.exposeBoolean("isIntact", { description: "The stored bytes have the stored hash." }),
    isReproduced: t.exposeBoolean("isReproduced", {
      description: "The same bytes, and so the same hash, came out again. False may also mean that definitions of measures have changed since.",
    }),
    storedHash: t.string({ description: "SHA-256 in hex, as stored.", resolve: ({ snapshot }) => snapshot.dataHash.toString("hex") }),
    computedHash: t.string({ description: "SHA-256 in hex of what came out now.", resolve: ({ hash }) => hash.toString("hex") }),
    measureDefsVersion: t.exposeInt("measureDefsVersion", { description: "The version of the measures' definitions now." }),
  }),
});

builder.queryField("verifyReportSnapshot", (t) =>
  t.field({
    type: Verification,
    description: "Computes a report snapshot that the viewer sees again, as of its time: later corrections, voids and audits don't change it.",
    extensions: { for: { roles: PEOPLE.filter((role) => role !== "LABELER") } },
    args: { id: t.arg.id({ required: true, description: "The snapshot." }) },
    resolve: async (_, { id }, context) => {
      const key = keyOf(reportSnapshotEntity, id, ["id"]) as ProjectKey;
      return context.compute(await context.read((db) => verifySnapshot(db, key)));
    },
  }),
);
