import { decodeId, decodeIfGiven, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { columnName } from "../graphql/cells.ts";
import { defineEntity, entityRef, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { MetricFilter, MetricRange } from "../metrics/inputs.graphql.ts";
import type { AskedRange } from "../metrics/query.rules.ts";
import { chooseColumns, type Format, LAYOUTS, type RowDataset } from "./rules.ts";
import { createExport, type ExportWish } from "./service.ts";
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
    AUDITS: listed(
      "AUDITS",
      "A row an audit, with its latest verdict and the codes of what failed by it. The viewer's own blind ones are left out until their truth is locked.",
    ),
    FINDINGS: listed("FINDINGS", "A row a finding of an audit's latest verdict; audits as in AUDITS."),
    LABELERS: listed("LABELERS", "A row a labeler, as they are now."),
  } satisfies Record<RowDataset, object>,
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
    dataset: t.field({ type: ExportDataset, description: "What its rows are.", resolve: ({ dataset }: ExportLinkRow) => dataset as RowDataset }),
    format: t.field({ type: ExportFormat, description: "How it is written.", resolve: ({ format }) => format }),
    createdAt: t.field({ type: "DateTime", description: "When it was made.", resolve: (row) => row.createdAt }),
    expiresAt: t.field({ type: "DateTime", description: "When it ends.", resolve: (row) => row.expiresAt }),
    fetchedAt: t.field({ type: "DateTime", nullable: true, description: "When it was last fetched to the end; null if never.", resolve: (row) => row.fetchedAt }),
    rowCount: t.exposeFloat("rowCount", { nullable: true, description: "Rows of that fetch: a file with fewer is not whole. Null before." }),
  }),
});

interface CreateExportInput {
  dataset: RowDataset;
  format: Format;
  projectId?: string | null;
  filter?: { queueIds?: string[] | null; markets?: string[] | null; vendorIds?: string[] | null; labelerIds?: string[] | null; policyIds?: string[] | null } | null;
  range?: AskedRange | null;
  columns?: string[] | null;
  byteOrderMark: boolean;
}

function readWish({ dataset, format, projectId, filter, range, columns, byteOrderMark }: CreateExportInput): ExportWish {
  const ids = (type: string, name: "vendorIds" | "labelerIds" | "policyIds") => filter?.[name]?.map((id) => decodeId(type, id, ["filter", name]).id);
  const queueIds = filter?.queueIds?.map((id): ProjectKey => decodeProjectId("Queue", id, ["filter", "queueIds"]));
  return {
    dataset,
    format,
    projectId: decodeIfGiven("Project", projectId, ["projectId"]),
    filter: { queueIds, markets: filter?.markets, vendorIds: ids("Vendor", "vendorIds"), labelerIds: ids("Labeler", "labelerIds"), policyIds: ids("Policy", "policyIds") },
    range: range ?? null,
    columns: chooseColumns(columnsOf(dataset), columns),
    byteOrderMark,
  };
}

const inputOf = (t: InputFields) => ({
  dataset: t.field({ type: ExportDataset, required: true, description: "What its rows are." }),
  format: t.field({ type: ExportFormat, required: true, description: "How it is written." }),
  projectId: t.id({ description: "Whose rows. Required but for LABELERS, who belong to no project." }),
  filter: t.field({
    type: MetricFilter,
    description: "Which rows, by their decisions; all if absent. LABELERS take vendorIds and labelerIds alone. What a viewer may not filter lists by is refused here too.",
  }),
  range: t.field({ type: MetricRange, description: "When their decisions were made; any time if absent. Not for LABELERS." }),
  columns: t.stringList({ description: "Which columns, in which order; all of the dataset, in its own order, if absent." }),
  byteOrderMark: t.boolean({ required: true, defaultValue: false, description: "True begins CSV with a byte order mark, by which Excel knows UTF-8. Other formats have none." }),
});

type Made = RowPayload & { secret: string | null; fileName: string; expiresAt: string };

defineVerb<CreateExportInput, Made>("createExport", {
  description:
    "Makes a link to a table of what the viewer may see: for whoever has it, for 15 minutes, without a header. Its rows are read when it is fetched, in one " +
    "snapshot, as the viewer may see them then; with the viewer's grant or key the link ends. At most a few are fetched at a time: past that the answer is 503 " +
    "with Retry-After. For people of any role, and clients with exports:read and the scope of what is exported.",
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
  resolve: (input, context) => context.perform("createExport", input, (verb) => createExport(verb, readWish(input))),
});
