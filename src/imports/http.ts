import { InvalidInput } from "../core/errors.ts";
import type { Route, Visit } from "../graphql/routes.ts";
import type { Transact } from "./lanes.service.ts";
import { IMPORT_KINDS, type ImportKind, readOptions } from "./options.rules.ts";
import type { Format } from "./records.service.ts";
import { emptyReport, type ImportReport } from "./report.rules.ts";
import { runImport } from "./service.ts";

const FORMATS: Readonly<Record<string, Format>> = {
  "text/csv": "csv",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/jsonl": "ndjson",
};

function formatOf({ headers }: Request): Format {
  const type = (headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const format = FORMATS[type];
  if (!format) throw new InvalidInput(`content-type: "${type}" must be text/csv or application/x-ndjson.`, ["content-type"]);
  return format;
}

function givenOptions({ url }: Request): Map<string, string[]> {
  const { searchParams } = new URL(url);
  return new Map([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
}

// A stopped import is a refusal by the row that stopped it.
function statusOf({ isComplete, refusals }: ImportReport): number {
  if (isComplete) return 200;
  return refusals[0]?.code === "CONFLICT" ? 409 : 400;
}

const VERBS: Readonly<Record<ImportKind, string>> = { decisions: "recordDecisions", gold: "recordGoldenItems", audits: "recordAudits" };

async function importBody(kind: ImportKind, { request, body, viewer, perform, pay, explain }: Visit): Promise<Response> {
  const options = readOptions(kind, givenOptions(request));
  const format = formatOf(request);
  const report = emptyReport(options.isDryRun);
  const transact: Transact = (work) => perform(viewer, VERBS[kind], {}, work);
  const headers = { "cache-control": "no-store" };
  try {
    await runImport(body, format, options, transact, report, { signal: request.signal, onProgress: ({ rows }) => pay(rows) });
    return Response.json(report, { status: statusOf(report), headers });
  } catch (error) {
    if (report.rows === 0) throw error;
    // What was taken before stands, and is said.
    const told = explain(error);
    return Response.json({ ...report, error: told.error }, { status: told.status, headers: told.headers });
  }
}

/**
 * POST /import/decisions, /import/gold and /import/audits: a stream of CSV or NDJSON, read as it arrives. Query parameters are the options of the command
 * line, by the same names; the answer is the report.
 */
export const importRoutes: readonly Route[] = IMPORT_KINDS.map((kind) => ({
  path: `/import/${kind}`,
  answer: (visit) => importBody(kind, visit),
}));
