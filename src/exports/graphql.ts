import type { GraphQLResolveInfo } from "graphql";
import { decodeId, decodeIfGiven, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { PEOPLE } from "../core/viewer.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { columnName } from "../graphql/cells.ts";
import { defineEntity, entityRef, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineList, rootList } from "../graphql/list.ts";
import { defineVerb } from "../graphql/verb.ts";
import { MetricRange } from "../metrics/inputs.graphql.ts";
import type { AskedRange } from "../metrics/query.rules.ts";
import { type AskedFigures, ExportMetrics, figureColumns, figureTable } from "./figures.graphql.ts";
import { type AskedFilter, chooseColumns, type Dataset, type Format, isRows, LAYOUTS, type RowDataset } from "./rules.ts";
import { createExport, type ExportWish } from "./service.ts";
import { type LinkFilter, linkList } from "./store.ts";
import { EXPORT_FORMATS, exportLinkEntity, type ExportLinkRow } from "./table.ts";

const columnsOf = (dataset: RowDataset) => LAYOUTS[dataset].columns.map(columnName);
const listed = (dataset: RowDataset, rows: string) => ({ description: `${rows} Columns: ${columnsOf(dataset).join(", ")}.` });

const ExportDataset = builder.enumType("ExportDataset", {
  description:
    "What a table's rows are. A column is named by the field it shows, behind the name of the object it is of: queue { code } is queueCode. Its cells are " +
    "what GraphQL answers the same viewer, null where that is null.",
  values: {
    DECISIONS: listed("DECISIONS", "A row a decision."),
    SAMPLES: listed("SAMPLES", "A row a sample. The viewer's own blind ones are left out while they wait for their audit."),
    AUDITS: listed("AUDITS", "A row an audit, with its latest verdict and the codes of what failed by it. The viewer's own blind ones are left out until their truth is locked."),
    FINDINGS: listed("FINDINGS", "A row a finding of an audit's latest verdict; audits as in AUDITS."),
    LABELERS: listed("LABELERS", "A row a labeler, as they are now."),
    CALIBRATIONS: listed("CALIBRATIONS", "A row a vote in a calibration session."),
    APPEALS: listed("APPEALS", "A row an appeal."),
    ESCALATIONS: listed("ESCALATIONS", "A row an escalation."),
    METRICS: {
      description:
        "A row a group of figures, as `metrics` answers. Columns: for each dimension the field of MetricRow, of an object its id and code, pseudonym, number or name " +
        "(vendorId, vendorCode); rank; for each measure its value under its own name (accuracy) and behind that name Numerator, Denominator, N, Low, High, Method, " +
        "Weighted, Suppressed, Reason, Target, TargetStatus; with compareTo also Other, OtherN, Difference, DifferenceLow, DifferenceHigh, IsSignificant, OtherReason.",
    },
  } satisfies Record<Dataset, object>,
});

const ExportFormat = builder.enumType("ExportFormat", {
  description: "How a table is written. Times are UTC to the millisecond; ids are the opaque ones of GraphQL.",
  values: {
    CSV: {
      description:
        "RFC 4180 in UTF-8. Null is empty, the empty text is \"\"; lists are joined by semicolons. A text that begins like a formula (=, +, -, @, tab, carriage " +
        "return) gets an apostrophe before it, so that no spreadsheet runs it: programs that need the very text take NDJSON or PARQUET.",
    },
    NDJSON: { description: "A JSON object a line; numbers, booleans, nulls and lists are JSON's own." },
    XLSX: { description: "A workbook; texts are never formulas, times are ISO 8601 text, lists are joined by semicolons. Past 1,048,575 rows further sheets follow." },
    PARQUET: { description: "Typed columns with nulls: timestamps in UTC milliseconds, days, doubles, 32-bit integers, booleans, UTF-8 texts; lists are joined by semicolons." },
  } satisfies Record<(typeof EXPORT_FORMATS)[number], object>,
});

const ExportLink = entityRef(exportLinkEntity);

defineEntity(ExportLink, {
  description: "A link to a table, seen by whoever made it.",
  fields: (t) => ({
    dataset: t.field({ type: ExportDataset, description: "What its rows are.", resolve: ({ dataset }: ExportLinkRow) => dataset }),
    format: t.field({ type: ExportFormat, description: "How it is written.", resolve: ({ format }) => format }),
    createdAt: t.field({ type: "DateTime", description: "When it was made.", resolve: (row) => row.createdAt }),
    expiresAt: t.field({ type: "DateTime", description: "When it ends.", resolve: (row) => row.expiresAt }),
    fetchedAt: t.field({ type: "DateTime", nullable: true, description: "When it was last fetched to the end; null if never.", resolve: (row) => row.fetchedAt }),
    rowCount: t.exposeFloat("rowCount", { nullable: true, description: "Rows of that fetch: a file with fewer is not whole. Null before." }),
  }),
});

const listType = defineList(ExportLink, linkList, {
  orders: { ID: "Order in which they were made." },
  filter: (t: InputFields) => ({ datasets: t.field({ type: [ExportDataset], description: "Those to one of these tables." }) }),
  read: (input: LinkFilter) => input,
});
rootList(listType, "exportLinks", "The links that the viewer made, ended ones too: what was taken out, and when.");

const ExportFilter = builder.inputType("ExportFilter", {
  description: "Which rows, by their decisions (of LABELERS by themselves): those that pass every list given.",
  fields: (t) => ({
    queueIds: t.idList({ description: "Those of these queues of the project." }),
    markets: t.stringList({ description: "Those of these markets, by code." }),
    vendorIds: t.idList({ description: "Those of these vendors." }),
    siteIds: t.idList({ description: "Those of these sites." }),
    teamIds: t.idList({ description: "Those of these teams." }),
    labelerIds: t.idList({ description: "Those of these labelers. Not for policy managers." }),
    policyIds: t.idList({ description: "Those for which the labeler chose one of these policies." }),
  }),
});

interface CreateExportInput {
  dataset: Dataset;
  format: Format;
  projectId?: string | null;
  filter?: { [Name in keyof AskedFilter]?: string[] | null } | null;
  range?: AskedRange | null;
  metrics?: AskedFigures | null;
  columns?: string[] | null;
  hasByteOrderMark: boolean;
}

const IDS = { vendorIds: "Vendor", siteIds: "Site", teamIds: "Team", labelerIds: "Labeler", policyIds: "Policy" } as const;

function readWish({ dataset, format, projectId, filter, range, metrics, columns, hasByteOrderMark }: CreateExportInput, { schema }: GraphQLResolveInfo): ExportWish {
  const ids = Object.entries(IDS).map(([name, type]) => [name, filter?.[name as keyof typeof IDS]?.map((id) => decodeId(type, id, ["filter", name]).id)]);
  const queueIds = filter?.queueIds?.map((id): ProjectKey => decodeProjectId("Queue", id, ["filter", "queueIds"]));
  const known = isRows(dataset) ? columnsOf(dataset) : metrics ? figureColumns(schema, metrics).map(({ name }) => name) : [];
  return {
    dataset, format,
    projectId: decodeIfGiven("Project", projectId, ["projectId"]),
    filter: { queueIds, markets: filter?.markets, ...Object.fromEntries(ids) },
    range: range ?? null,
    metrics: metrics ?? null,
    columns: chooseColumns(known, columns),
    hasByteOrderMark,
  };
}

const inputOf = (t: InputFields) => ({
  dataset: t.field({ type: ExportDataset, required: true, description: "What its rows are." }),
  format: t.field({ type: ExportFormat, required: true, description: "How it is written." }),
  projectId: t.id({ description: "Whose rows. Required but for LABELERS, who belong to no project, and METRICS, which name theirs." }),
  filter: t.field({
    type: ExportFilter,
    description:
      "Which rows; all if absent. LABELERS take vendorIds, siteIds, teamIds and labelerIds alone, CALIBRATIONS and METRICS none. What a viewer may not filter " +
      "lists by is refused here too.",
  }),
  range: t.field({ type: MetricRange, description: "When their decisions were made; any time if absent. Not for LABELERS, CALIBRATIONS and METRICS." }),
  metrics: t.field({ type: ExportMetrics, description: "What METRICS are asked: required for them, and refused for other datasets." }),
  columns: t.stringList({ description: "Which columns, in which order; all of the dataset, in its own order, if absent." }),
  hasByteOrderMark: t.boolean({ required: true, defaultValue: false, description: "True begins CSV with a byte order mark, by which Excel knows UTF-8. Other formats have none." }),
});

type Made = RowPayload & { secret: string | null; fileName: string; expiresAt: string };

defineVerb<CreateExportInput, Made>("createExport", {
  description:
    "Makes a link to a table of what the viewer may see: for whoever has it, for 15 minutes, without a header. Its rows are read when it is fetched, in one " +
    "snapshot, as the viewer may see them then; with the viewer's grant or key the link ends. At most a few are fetched at a time: past that the answer is 503 " +
    "with Retry-After. A client needs the scope of what is exported too.",
  for: { roles: PEOPLE, scope: "exports:read" },
  input: inputOf,
  payload: (t) => ({
    export: rowField(t, exportLinkEntity, ExportLink, "The link's record."),
    url: t.string({
      nullable: true,
      description: "Path and secret, on the host of this API, for GET and HEAD. Shown here once; null in the answer to a repeated idempotency key.",
      resolve: ({ id, secret, fileName }) => secret && `/exports/${id}/${fileName}?secret=${secret}`,
    }),
    fileName: t.exposeString("fileName", { description: "What the file is called." }),
    expiresAt: t.field({ type: "DateTime", description: "When the link ends.", resolve: ({ expiresAt }) => new Date(expiresAt) }),
  }),
  resolve: async (input, context, info) => {
    const wish = readWish(input, info);
    // What `metrics` refuses is refused now.
    if (input.metrics) await figureTable(info.schema, input.metrics, [], context, 0).slices[Symbol.asyncIterator]().next();
    return context.perform("createExport", input, (verb) => createExport(verb, wish));
  },
});
