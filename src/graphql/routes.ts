import { GraphQLError } from "graphql";
import type { Logger } from "pino";
import type { Viewer } from "../core/viewer.ts";
import type { Perform } from "./context.ts";
import { requestIdOf } from "./plugins/log.ts";
import { maskError } from "./plugins/mask.ts";

/** An error as a route shows it. */
export interface Explained {
  status: number;
  headers: Record<string, string>;
  error: { code: unknown; message: string; path: unknown; requestId: string };
}

/** One request to a route, by an authenticated viewer. */
export interface Visit {
  request: Request;
  viewer: Viewer;
  perform: Perform;
  /** What the caller is told of an error, the same as by GraphQL. */
  explain: (error: unknown) => Explained;
}

/** A door beside GraphQL, for what a document can't carry. It takes POST. */
export interface Route {
  path: string;
  answer: (visit: Visit) => Promise<Response>;
}

const STATUS: Readonly<Record<string, number>> = { INVALID_INPUT: 400, FORBIDDEN: 403, NOT_FOUND: 404, CONFLICT: 409 };
const NO_STORE = { "cache-control": "no-store" };

function explainer(requestId: string, log: Logger): Visit["explain"] {
  return (error) => {
    const { message, extensions } = maskError(error, requestId, log) as GraphQLError;
    const http = extensions.http as { status: number; headers?: Record<string, string> } | undefined;
    const status = http?.status ?? STATUS[String(extensions.code)] ?? 500;
    return { status, headers: { ...NO_STORE, ...http?.headers }, error: { code: extensions.code, message, path: extensions.path ?? [], requestId } };
  };
}

/** Answers requests to the routes; null for any other path. Whatever a route throws is told as GraphQL would tell it, with an HTTP status. */
export function createRoutes(
  routes: readonly Route[],
  { viewerOf, perform, log }: { viewerOf: (request: Request) => Promise<Viewer>; perform: Perform; log: Logger },
): (request: Request) => Promise<Response> | null {
  async function answer(route: Route, request: Request): Promise<Response> {
    const explain = explainer(requestIdOf(request), log);
    try {
      return await route.answer({ request, viewer: await viewerOf(request), perform, explain });
    } catch (error) {
      const { status, headers, error: told } = explain(error);
      return Response.json({ error: told }, { status, headers });
    }
  }
  return (request) => {
    const { pathname } = new URL(request.url);
    const route = routes.find(({ path }) => path === pathname);
    if (!route) return null;
    if (request.method === "POST") return answer(route, request);
    return Promise.resolve(new Response("POST only\n", { status: 405, headers: { allow: "POST" } }));
  };
}
