import { randomUUID } from "node:crypto";
import { printSchema, lexicographicSortSchema } from "graphql";
import { createYoga } from "graphql-yoga";
import type { Logger } from "pino";
import type { Viewer } from "./core/viewer.ts";
import { identityOf } from "./db/identity.ts";
import type { Pool } from "./db/pool.ts";
import { openRead } from "./db/session.ts";
import { createAuthenticator, type JwtOptions } from "./grants/authenticator.service.ts";
import { performVerb } from "./grants/perform.service.ts";
import { changesCredentials } from "./grants/rules.ts";
import type { Backend } from "./graphql/context.ts";
import { maskError } from "./graphql/plugins/mask.ts";
import { type Caller, useSession } from "./graphql/plugins/session.ts";
import { schema } from "./schema.ts";

export interface ServerOptions {
  pool: Pool;
  /** The analysts' own small pool. */
  analystPool: Pool;
  jwt: JwtOptions | null;
  log: Logger;
}

export interface Server {
  /** Answers one HTTP request. */
  fetch: (request: Request) => Promise<Response>;
  /** Ends what is open: sockets, subscriptions, timers. */
  close: () => Promise<void>;
}

const READ_TIMEOUT_MS = 7_000;
const ANALYST_TIMEOUT_MS = 30_000;

function tokenOf(request: Request): string | null {
  const match = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "");
  return match?.[1] ?? null;
}

/** The whole service but its port and environment. */
export function createServer({ pool, analystPool, jwt, log }: ServerOptions): Server {
  const authenticator = createAuthenticator(pool, jwt);
  const poolOf = (viewer: Viewer) => (viewer.role === "ANALYST" ? analystPool : pool);
  const backend: Backend = {
    openRead: (viewer) => {
      const timeoutMs = viewer.role === "ANALYST" ? ANALYST_TIMEOUT_MS : READ_TIMEOUT_MS;
      return openRead(poolOf(viewer), identityOf(viewer), { timeoutMs });
    },
    perform: async (viewer, name, input, work) => {
      const result = await performVerb(pool, viewer, name, input, work);
      if (changesCredentials(name)) authenticator.forget();
      return result;
    },
  };
  const yoga = createYoga<object, Caller>({
    schema,
    graphqlEndpoint: "/graphql",
    landingPage: false,
    graphiql: { title: "Assay", headers: '{"authorization": "Bearer "}' },
    renderGraphiQL: async (options) => (await import("@graphql-yoga/render-graphiql")).renderGraphiQL(options),
    logging: false,
    maskedErrors: { maskError: (error) => maskError(error, randomUUID(), log) },
    context: async ({ request }) => {
      const requestId = request.headers.get("x-request-id")?.slice(0, 100) || randomUUID();
      try {
        return { requestId, viewer: await authenticator.viewer(tokenOf(request), request.headers.get("x-assay-role")) };
      } catch (error) {
        throw maskError(error, requestId, log);
      }
    },
    plugins: [useSession(backend, log)],
  });
  const sdl = printSchema(lexicographicSortSchema(schema));

  return {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/livez") return new Response("ok\n");
      if (pathname === "/schema.graphql") return new Response(sdl, { headers: { "content-type": "text/plain; charset=utf-8" } });
      return yoga.fetch(request) as Promise<Response>;
    },
    async close() {
      await yoga.dispose();
    },
  };
}
