import type { Table } from "../core/cells.ts";
import { Refusal } from "../core/errors.ts";
import { isUuid } from "../core/ids.ts";
import type { Viewer } from "../core/viewer.ts";
import { Unauthenticated } from "../grants/authenticator.service.ts";
import { actAlike } from "../grants/rules.ts";
import { cellReaders, columnName, selectionOfPaths } from "../graphql/cells.ts";
import type { Context } from "../graphql/context.ts";
import type { LinkRoute, LinkVisit } from "../graphql/routes.ts";
import { type AskedFigures, exportAccess, figureTable } from "./figures.graphql.ts";
import { FORMATS } from "./formats.service.ts";
import { isRows, LAYOUTS, type RowDataset } from "./rules.ts";
import { type OpenLink, openLink, reaches, readRows, stampFetch } from "./service.ts";

/** Whoever takes nothing for so long has gone, or holds a connection that others wait for. */
const STALLED_MS = 20_000;
/** A download goes on in pieces of this size, each of which is progress. */
const PIECE = 64 * 1024;
/** How often a download under way looks whether its maker still may. */
const LOOK_MS = 900;

const NONE = { code: "NOT_FOUND", message: "There is no such export, or its link has ended; make another by createExport." };
const notFound = () => Response.json({ error: NONE }, { status: 404, headers: { "cache-control": "no-store" } });

interface Found {
  link: OpenLink;
  viewer: Viewer;
}

// /exports/<id>/<file name>?secret=...
async function find({ request, guarded, ...visit }: LinkVisit): Promise<Found | null> {
  const { pathname, searchParams } = new URL(request.url);
  const id = pathname.split("/")[2];
  const secret = searchParams.get("secret");
  if (!id || !isUuid(id) || !secret) return null;
  return guarded(`${id} ${secret}`, () => findBy(id, secret, visit), (found) => found === null);
}

// As whom its maker would act now; null if the link leads nowhere any more.
async function makerOf(link: OpenLink, renew: LinkVisit["renew"]): Promise<Viewer | null> {
  const viewer = await renew(link).catch((error: unknown) => {
    if (error instanceof Unauthenticated || error instanceof Refusal) return null;
    throw error;
  });
  return viewer && reaches(viewer, link) ? viewer : null;
}

async function findBy(id: string, secret: string, { system, renew }: Pick<LinkVisit, "system" | "renew">): Promise<Found | null> {
  const link = await system((db) => openLink(db, id, secret, new Date()));
  const viewer = link && (await makerOf(link, renew));
  return viewer && { link, viewer };
}

/** Refuses to go on, at most a second later, once its maker may not have what a download was begun with. */
function keeper({ link, viewer }: Found, { renew }: LinkVisit): () => Promise<void> {
  let lookedAt = performance.now();
  return async () => {
    if (performance.now() - lookedAt < LOOK_MS) return;
    const now = await makerOf(link, renew);
    if (!now || !actAlike(now, viewer)) throw new Error("its maker's rights were withdrawn");
    lookedAt = performance.now();
  };
}

// A dataset's rows as flat ones, by what GraphQL would answer the viewer.
function rowTable({ link: { query }, viewer }: Found, dataset: RowDataset, context: Context, { schema }: LinkVisit): Table {
  const layout = LAYOUTS[dataset];
  const pathOf = new Map(layout.columns.map((path) => [columnName(path), path]));
  const paths = query.columns.map((name) => pathOf.get(name)!);
  const columns = cellReaders(schema, layout, paths, context);
  const selection = selectionOfPaths(schema, layout, paths);
  const { decidedFrom, decidedTo, ...filter } = query.filter;
  const time = (text: string | null) => (text === null ? null : new Date(text));
  const asked = { ...filter, decidedFrom: time(decidedFrom), decidedTo: time(decidedTo), unseenBy: viewer.principalId };
  async function* slices() {
    for await (const rows of readRows((work) => context.read(work), dataset, asked, selection)) yield rows.map((row) => columns.map((column) => column.read(row)));
  }
  return { columns, slices: slices() };
}

function tableOf(found: Found, context: Context, visit: LinkVisit): Table {
  const { dataset, query } = found.link;
  return isRows(dataset) ? rowTable(found, dataset, context, visit) : figureTable(visit.schema, query.metrics as AskedFigures, query.columns, context);
}

async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += PIECE) yield chunk.subarray(start, start + PIECE);
  }
}

type Outcome = "COMPLETE" | "ABANDONED" | "STALLED" | "FAILED" | "SHUT_DOWN";

/**
 * A body that is made as it is taken, one piece ahead at most. `onEnd` hears once how it ended: taken whole, given up by who took it, not
 * taken any further for too long, broken, or cut off with the server. Unless it says that all is well or told, reading fails.
 */
export function bodyOf(pieces: AsyncGenerator<Uint8Array>, onEnd: (outcome: Outcome, error?: unknown) => boolean) {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const finish = (outcome: Outcome, error?: unknown) => {
    hasEnded = true;
    clearTimeout(timer);
    void pieces.return(undefined).catch(() => {});
    return onEnd(outcome, error);
  };
  const end = (outcome: Outcome, error?: unknown) => {
    if (hasEnded) return;
    if (finish(outcome, error)) controller.close();
    else controller.error(error ?? new Error(outcome));
  };
  const watch = () => {
    timer = setTimeout(() => end("STALLED"), STALLED_MS);
  };
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start(given) {
      controller = given;
      watch();
    },
    async pull() {
      clearTimeout(timer);
      try {
        const { value } = await pieces.next();
        if (hasEnded) return;
        if (!value) return end("COMPLETE");
        controller.enqueue(value);
        watch();
      } catch (error) {
        end("FAILED", error);
      }
    },
    cancel: () => void (hasEnded || finish("ABANDONED")),
  };
  return { body: new ReadableStream(source, { highWaterMark: 0 }), end };
}

async function download(visit: LinkVisit, found: Found, headers: Record<string, string>): Promise<Response> {
  const { link, viewer } = found;
  const pay = await visit.meter(viewer);
  const context = visit.open(viewer);
  const startedAt = performance.now();
  const done = new AbortController();
  const keep = keeper(found, visit);
  const { columns, slices } = tableOf(found, context, visit);
  let [rows, bytes] = [0, 0];
  async function* numbered() {
    for await (const slice of slices) {
      rows += slice.length;
      pay(rows);
      yield slice;
    }
  }
  async function* counted() {
    for await (const piece of inPieces(FORMATS[link.format].write({ columns, slices: numbered() }, link.query))) {
      await keep();
      bytes += piece.length;
      yield piece;
    }
  }
  const finish = (outcome: Outcome, error?: unknown) => {
    context.close();
    done.abort();
    const { id, dataset, format } = link;
    const fetched = { exportId: id, principalId: viewer.principalId, dataset, format, outcome, rows, bytes, ms: Math.round(performance.now() - startedAt) };
    visit.note(fetched, error);
    if (outcome === "COMPLETE") void visit.system((db) => stampFetch(db, id, rows, new Date())).catch((failure) => visit.note(fetched, failure));
    return outcome === "COMPLETE" || visit.hangUp();
  };
  const pieces = counted();
  try {
    // The first rows are read before the answer begins, so that a refusal, or no free connection, is still an answer of its own.
    const first = await pieces.next();
    await visit.record({ viewer, ...exportAccess(visit.schema, link.id, link.dataset, link.query) });
    const all = async function* () {
      if (first.value) yield first.value;
      yield* pieces;
    };
    const { body, end } = bodyOf(all(), finish);
    visit.request.signal.addEventListener("abort", () => end("ABANDONED"), { signal: done.signal });
    visit.ending.addEventListener("abort", () => end("SHUT_DOWN"), { signal: done.signal });
    return new Response(body, { headers });
  } catch (error) {
    context.close();
    throw error;
  }
}

async function answer(visit: LinkVisit): Promise<Response> {
  const found = await find(visit);
  if (!found) return notFound();
  const { format, query } = found.link;
  const headers = {
    "content-type": FORMATS[format].mediaType,
    "content-disposition": `attachment; filename="${query.fileName}"`,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  return visit.request.method === "HEAD" ? new Response(null, { headers }) : download(visit, found, headers);
}

/** GET and HEAD /exports/<id>/<file name>?secret=...: the table that a link of createExport is about, as its maker sees it now. */
export const exportRoute: LinkRoute = { prefix: "/exports/", answer };
