import type { GraphQLError, GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Access } from "../accesses/rules.ts";
import type { AccessLog } from "../accesses/service.ts";
import type { Guarded } from "../budgets/guard.service.ts";
import type { Meter } from "../budgets/meter.service.ts";
import { type Balance, headersOf } from "../budgets/rules.ts";
import { Forbidden } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import type { Authenticator } from "../grants/authenticator.service.ts";
import type { Watch } from "../grants/watch.service.ts";
import type { Context, Perform } from "./context.ts";
import { shownBy } from "./plugins/allowance.ts";
import { paced } from "./plugins/bodies.ts";
import { recordedUpload } from "./plugins/accesses.verbs.ts";
import { requestIdOf } from "./plugins/log.ts";
import { maskError } from "./plugins/mask.ts";

/** An error as a route shows it. */
export interface Explained {
  status: number;
  headers: Record<string, string>;
  error: { code: unknown; message: string; path: unknown; requestId: string };
}

/** One upload, by an authenticated viewer who has begun to pay for it. */
export interface Visit {
  request: Request;
  /** What is sent, which has to come fast enough; it fails when the viewer's credential ends. */
  body: AsyncIterable<Uint8Array>;
  viewer: Viewer;
  /** Performs a verb, as long as the viewer's credential hasn't ended. */
  perform: Perform;
  /** Hears how many rows have come so far. */
  pay: (rows: number) => void;
  /** What the caller is told of an error, the same as by GraphQL. */
  explain: (error: unknown) => Explained;
}

/** A door for what a document can't carry. It takes POST. */
export interface Route {
  path: string;
  answer: (visit: Visit) => Promise<Response>;
}

/** One request of anybody. */
export interface OpenVisit {
  request: Request;
  /** Looks at a secret, unless too many from the same network have led nowhere. */
  guarded: Guarded;
  /** Has whoever it is pay for it. */
  meter: Meter;
  /** One line in the log. */
  note: (fields: object) => void;
}

/** A door that asks for what it needs itself. */
export interface OpenRoute {
  path: string;
  methods: readonly string[];
  answer: (visit: OpenVisit) => Promise<Response>;
}

/** A door to a text that everybody with a valid token may read who has points left, but for keys that are held to registered documents. */
export function textRoute(path: string, text: string, viewerOf: (request: Request) => Promise<Viewer>): OpenRoute {
  return {
    path,
    methods: ["GET", "HEAD"],
    async answer({ request, meter }) {
      const viewer = await viewerOf(request);
      await meter(viewer);
      if (viewer.isRestricted) throw new Forbidden("This key may send registered documents alone, and asks nothing of the schema.");
      return new Response(text, { headers: { "content-type": "text/plain; charset=utf-8" } });
    },
  };
}

/** One request to a link's address, by whoever has the link. */
export interface LinkVisit {
  request: Request;
  guarded: Guarded;
  schema: GraphQLSchema;
  /** Runs a short transaction as the system. */
  system: <T>(work: (db: Db) => Promise<T>) => Promise<T>;
  /** As whom the link's maker would act now. */
  renew: Authenticator["renew"];
  /** One snapshot of what the viewer sees, for as long as a download lasts. Must be closed. */
  open: (viewer: Viewer) => Context;
  /** Breaks the connection off, so that whoever reads knows that the answer isn't whole; false where there is none, in one process. */
  hangUp: () => boolean;
  /** Begins to have a download paid for. */
  meter: Meter;
  /** Aborted when the server ends. */
  ending: AbortSignal;
  /** One line in the log. */
  note: (fields: object, error?: unknown) => void;
  /** Writes down who takes out what, before any of it goes out. */
  record: (access: Omit<Access, "requestId" | "transport">) => Promise<void>;
}

/** A door that a link opens, without a header. It takes GET and HEAD. */
export interface LinkRoute {
  prefix: string;
  answer: (visit: LinkVisit) => Promise<Response>;
}

/** What links' doors get of the server. */
export type LinkHost = Pick<LinkVisit, "schema" | "system" | "renew" | "meter" | "ending"> & { open: (viewer: Viewer, requestId: string) => Context; accesses: AccessLog };

/** What all doors get of it. */
export interface RouteHost {
  viewerOf: (request: Request) => Promise<Viewer>;
  guardedBy: (request: Request) => Guarded;
  perform: Perform;
  watch: Watch;
  /** What is left of a viewer's budget. */
  balanceOf: (viewer: Viewer) => Promise<Balance>;
  host: LinkHost;
  log: Logger;
}

const STATUS: Readonly<Record<string, number>> = { INVALID_INPUT: 400, FORBIDDEN: 403, NOT_FOUND: 404, CONFLICT: 409 };
const WITHDRAWN = "The token has ended, or its grants have changed: send what is left with a valid one.";
const NO_STORE = { "cache-control": "no-store" };

function explainer(requestId: string, log: Logger): Visit["explain"] {
  return (error) => {
    const { message, extensions } = maskError(error, requestId, log) as GraphQLError;
    const http = extensions.http as { status: number; headers?: Record<string, string> } | undefined;
    const status = http?.status ?? STATUS[String(extensions.code)] ?? 500;
    return { status, headers: { ...NO_STORE, ...http?.headers }, error: { code: extensions.code, message, path: extensions.path ?? [], requestId } };
  };
}

const only = (methods: string) => Promise.resolve(new Response(`${methods} only\n`, { status: 405, headers: { allow: methods } }));

/**
 * Answers requests to the routes; null for any other path. Whatever a route throws is told as GraphQL would tell it, with an HTTP status;
 * and whoever has paid for an answer is told what is left, whatever it says.
 */
export function createRoutes(
  routes: readonly Route[],
  links: readonly LinkRoute[],
  open: readonly OpenRoute[],
  { viewerOf, guardedBy, perform, watch, balanceOf, host, log }: RouteHost,
): (request: Request, hangUp: () => boolean) => Promise<Response> | null {
  async function answer(request: Request, work: (meter: Meter, explain: Visit["explain"]) => Promise<Response>): Promise<Response> {
    const explain = explainer(requestIdOf(request), log);
    let payer: Viewer | null = null;
    const meter: Meter = async (viewer) => {
      const pay = await host.meter(viewer);
      payer = viewer;
      return pay;
    };
    const response = await work(meter, explain).catch((error: unknown) => {
      const { status, headers, error: told } = explain(error);
      return Response.json({ error: told }, { status, headers });
    });
    const left = payer && (await balanceOf(payer).catch(() => null));
    for (const [name, value] of Object.entries(left ? headersOf(left) : {})) response.headers.set(name, value);
    return response;
  }

  function follow(link: LinkRoute, request: Request, hangUp: () => boolean): Promise<Response> {
    const requestId = requestIdOf(request);
    const note: LinkVisit["note"] = (fields, error) => (error ? log.error({ requestId, ...fields, err: error }, "link") : log.info({ requestId, ...fields }, "link"));
    const record: LinkVisit["record"] = (access) => host.accesses.write({ ...access, requestId, transport: "LINK" });
    return answer(request, (meter) => link.answer({ ...host, meter, request, guarded: guardedBy(request), hangUp, note, record, open: (viewer) => host.open(viewer, requestId) }));
  }

  function enter(door: OpenRoute, request: Request): Promise<Response> {
    const requestId = requestIdOf(request);
    return answer(request, (meter) => door.answer({ request, guarded: guardedBy(request), meter, note: (fields) => log.info({ requestId, ...fields }, "token") }));
  }

  return (request, hangUp) => {
    const { pathname } = new URL(request.url);
    const link = links.find(({ prefix }) => pathname.startsWith(prefix));
    if (link) return ["GET", "HEAD"].includes(request.method) ? follow(link, request, hangUp) : only("GET, HEAD");
    const door = open.find(({ path }) => path === pathname);
    if (door) return door.methods.includes(request.method) ? enter(door, request) : only(door.methods.join(", "));
    const route = routes.find(({ path }) => path === pathname);
    if (!route) return null;
    if (request.method !== "POST") return only("POST");
    return answer(request, async (meter, explain) => {
      const ended = new AbortController();
      const body = paced(request.body ?? new Blob([]).stream(), ended.signal);
      const viewer = await viewerOf(request);
      const pay = await meter(viewer);
      const upload = { viewer, requestId: requestIdOf(request), path: pathname };
      const unwatch = watch.start(shownBy(request), viewer, () => ended.abort(new Forbidden(WITHDRAWN)));
      const performNow: Perform = async (...asked) => {
        ended.signal.throwIfAborted();
        return perform(...asked);
      };
      return recordedUpload(host.accesses, performNow, upload, (kept) => route.answer({ request, body, viewer, perform: kept, pay, explain })).finally(unwatch);
    });
  };
}
