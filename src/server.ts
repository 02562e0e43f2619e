import { randomUUID } from "node:crypto";
import type { RequestListener, ServerResponse } from "node:http";
import { createServerAdapter } from "@whatwg-node/server";
import { createYoga } from "graphql-yoga";
import type { Logger } from "pino";
import { startAccessSealer } from "./accesses/sealing.service.ts";
import { createAccessLog } from "./accesses/service.ts";
import { actionTasks } from "./actions/jobs.ts";
import { appealTasks } from "./appeals/jobs.ts";
import { auditTasks } from "./audits/jobs.ts";
import { calibrationTasks } from "./calibrations/jobs.ts";
import { claimTasks } from "./claims/jobs.ts";
import { clockTasks } from "./clocks/jobs.ts";
import { doubleTasks } from "./doubles/jobs.ts";
import type { Viewer } from "./core/viewer.ts";
import { createReadiness, type ReadinessCheck } from "./db/health.ts";
import { identityOf, WORKER } from "./db/identity.ts";
import { type DatabaseUrls, directUrl } from "./db/migrate.ts";
import { MIGRATIONS } from "./db/open.ts";
import { createPool, type Pool } from "./db/pool.ts";
import { openRead, write } from "./db/session.ts";
import { inSteps, readsOf } from "./db/steps.ts";
import { draftTasks } from "./drafts/jobs.ts";
import { type SealedEvent, startReader } from "./events/reader.ts";
import { startSealer } from "./events/sealer.ts";
import { exportRoute } from "./exports/http.ts";
import { goldenTasks } from "./golden/jobs.ts";
import { performVerb } from "./grants/perform.service.ts";
import { changesCredentials } from "./grants/rules.ts";
import { type Backend, Context } from "./graphql/context.ts";
import { recorded, recordedLive } from "./graphql/plugins/accesses.ts";
import { createAllowance } from "./graphql/plugins/allowance.ts";
import { createCallers, useCaller } from "./graphql/plugins/callers.ts";
import { type Compiling, createExecutor } from "./graphql/plugins/compile.ts";
import { BODY_BYTES, BULK_BODY_BYTES, mostBytesOf } from "./graphql/plugins/bodies.ts";
import { createEntrance, createFetch } from "./graphql/plugins/entrance.ts";
import { createGate, GRAPHQL_PATH, isGraphql, wantsPage } from "./graphql/plugins/gate.ts";
import { createGraphiql } from "./graphql/plugins/graphiql.ts";
import { useLimits } from "./graphql/plugins/limits.ts";
import { useMistakes } from "./graphql/plugins/limits.mistakes.ts";
import { createKept } from "./graphql/plugins/kept.ts";
import { createLive, useLive } from "./graphql/plugins/live.ts";
import { requestIdOf, useRequestLog } from "./graphql/plugins/log.ts";
import { maskError } from "./graphql/plugins/mask.ts";
import { createProtocol } from "./graphql/plugins/protocol.ts";
import { notePeer } from "./graphql/plugins/origin.ts";
import { createQuota } from "./graphql/plugins/quotas.ts";
import { useRegistered } from "./graphql/plugins/registered.ts";
import { type Caller, type Running, useSession } from "./graphql/plugins/session.ts";
import { createShortcut } from "./graphql/plugins/shortcut.ts";
import { createSockets, type Sockets } from "./graphql/plugins/sockets.ts";
import { createTurnAway, type TurnAway } from "./graphql/plugins/turnaway.ts";
import { createRoutes, type LinkHost, textRoute } from "./graphql/routes.ts";
import { importRoutes } from "./imports/http.ts";
import { inspectionTasks } from "./inspection/jobs.ts";
import { startJobs } from "./jobs/runner.ts";
import { createCredentials } from "./oauth/credentials.service.ts";
import { oauthRoutes } from "./oauth/http.ts";
import { questionTasks } from "./questions/jobs.ts";
import { retentionTasks } from "./retention/jobs.ts";
import { rollupTasks } from "./rollups/jobs.ts";
import { reportTasks } from "./reports/jobs.ts";
import { samplingTasks } from "./sampling/jobs.ts";
import { printContract, schema } from "./schema.ts";
import { signalTasks } from "./signals/jobs.ts";
import type { JwtOptions } from "./tokens/provider.service.ts";
import { triggerTasks } from "./triggers/jobs.ts";
import { WORDS } from "./webhooks/graphql.ts";
import { startSender } from "./webhooks/sender.service.ts";

export interface ServerOptions {
  pool: Pool;
  /** The analysts' own small pool. */
  analystPool: Pool;
  /** The system's own for long reading, piece by piece. */
  scanPool: Pool;
  /** That of downloads, each of which holds a connection for minutes. */
  exportPool: Pool;
  /** The ways into the same database. */
  urls: DatabaseUrls;
  jwt: JwtOptions | null;
  log: Logger;
  /** Background work too; true if absent. */
  jobs?: boolean;
  /** When a query is compiled; when it comes again, if absent. */
  compiling?: Compiling;
  /** Webhooks may be sent into private networks, and without TLS; false if absent. */
  allowsPrivateTargets?: boolean;
  /** The address that callers know the service by, once it is known: issuer and audience of its own tokens. */
  publicUrl?: () => string;
  /** A grant of ADMIN waits for a second administrator; false if absent. */
  needsFourEyes?: boolean;
  /** Origins whose pages may call; none but the server's own if absent. */
  corsOrigins?: readonly string[];
  /** Whether everybody comes by TLS; false if absent. */
  isBehindTls?: boolean;
  /** WebSockets and streams that one principal may have open in this process; 100 if absent. */
  socketsPerPrincipal?: number;
  /** What a principal may spend a minute unless an administrator says otherwise; 600,000 if absent. */
  pointsPerMinute?: number;
  /** Tokens from one network that may lead nowhere in a minute; 30 if absent. */
  failuresPerMinute?: number;
  /** How many proxies of one's own everybody comes through, whose x-forwarded-for is believed; 0 if absent. */
  proxies?: number;
}

export interface Server extends ReadinessCheck {
  /** Answers one HTTP request. */
  fetch: (request: Request) => Promise<Response>;
  /** Answers one request of node:http, as `fetch` would, and most of them sooner. */
  listener: RequestListener;
  /** Answers an upgrade request of node:http: WebSockets on the path of GraphQL. */
  upgrade: Sockets["upgrade"];
  /** Answers on a socket of node:http what it would answer itself. */
  turnAway: TurnAway;
  /** Ends what is open: sockets, subscriptions, jobs, timers; last, once this has come about, what requests are answered with. */
  close: (answered?: Promise<void>) => Promise<void>;
}

const READ_TIMEOUT_MS = 7_000;
const ANALYST_TIMEOUT_MS = 30_000;
const EXPORT_TIMEOUT_MS = 15 * 60_000;
const SOCKETS_PER_PRINCIPAL = 100;

const TASKS = [
  ...clockTasks, ...goldenTasks, ...samplingTasks, ...claimTasks, ...auditTasks, ...inspectionTasks, ...doubleTasks, ...rollupTasks,
  ...draftTasks, ...questionTasks, ...appealTasks, ...calibrationTasks, ...signalTasks, ...actionTasks, ...reportTasks, ...triggerTasks,
  ...retentionTasks,
];

// Credentials and events: neither waits behind requests.
const SYSTEM_POOL = { size: 3, queue: 500, waitMs: 5_000, applicationName: "assay-system" };

/** The whole service but its port and environment. */
export function createServer(options: ServerOptions): Server {
  const { pool, analystPool, scanPool, exportPool, urls, jwt, log, jobs: hasJobs = true, compiling = "AGAIN" } = options;
  const { allowsPrivateTargets = false, publicUrl = () => "http://localhost:4000", needsFourEyes = false } = options;
  const { corsOrigins: origins = [], isBehindTls = false, socketsPerPrincipal = SOCKETS_PER_PRINCIPAL, pointsPerMinute, failuresPerMinute, proxies = 0 } = options;
  const url = directUrl(urls);
  const systemPool = createPool({ url, ...SYSTEM_POOL });
  const reads = readsOf(scanPool);
  const onFailure = (error: unknown) => log.warn({ err: error }, "the last use of keys could not be kept");
  const credentials = createCredentials({ pool: systemPool, jwt, publicUrl, onFailure });
  const { authenticator, watch } = credentials;
  const { admit, mistaken, meter, registered, balanceOf, viewerBy, viewerOf, guardedBy, hear } = createAllowance({ pool: systemPool, authenticator, schema, pointsPerMinute, failuresPerMinute, proxies, log });
  const jobs = hasJobs ? startJobs({ url: urls.jobs, pool, reads, tasks: TASKS, log }) : null;
  const webhooks = hasJobs ? startSender({ pool: systemPool, log, allowsPrivate: allowsPrivateTargets, ...WORDS }) : null;
  const onEvents = (events: readonly SealedEvent[]) => {
    jobs?.hear(events);
    webhooks?.hear(events);
    hear(events);
    credentials.hear(events);
  };
  const reader = startReader({ url, pool: systemPool, log, onEvents });
  // What was looked up before the first event could be heard may be out of date.
  void reader.started.then(authenticator.forget);
  const sealer = startSealer({ url, log });
  const poolOf = (viewer: Viewer) => (viewer.role === "ANALYST" ? analystPool : pool);
  const backend: Backend = {
    openRead: (viewer) => {
      const timeoutMs = viewer.role === "ANALYST" ? ANALYST_TIMEOUT_MS : READ_TIMEOUT_MS;
      return openRead(poolOf(viewer), identityOf(viewer), { timeoutMs });
    },
    perform: async (viewer, name, input, work) => {
      const result = await inSteps((step, timeoutMs) => performVerb(pool, viewer, name, input, step, timeoutMs), reads, work);
      if (changesCredentials(name)) authenticator.forget();
      return result;
    },
    reads,
    balanceOf,
    allowsPrivateTargets,
    needsFourEyes,
    socketsPerPrincipal,
  };
  const accesses = createAccessLog(systemPool);
  const endSealing = startAccessSealer(systemPool, log);
  const quota = createQuota(socketsPerPrincipal);
  const live = recordedLive(accesses, createLive({ backend, reader, admit, quota, log }), log);
  const running: Running = { execute: createExecutor(schema, compiling), backend, admit, log };
  const run = recorded(accesses, running);
  const callerOf = createCallers({ viewerOf, watch, log });
  const yoga = createYoga<{ caller?: Caller; res?: ServerResponse }, Caller>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    graphiql: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: BULK_BODY_BYTES,
    parserAndValidationCache: { documentCache: createKept(), errorCache: createKept() },
    extraParamNames: ["documentId"],
    logging: false,
    maskedErrors: { maskError: (error) => maskError(error, randomUUID(), log) },
    context: ({ caller }) => caller!,
    plugins: [useCaller(callerOf), useRegistered(registered), useLimits(), useMistakes(mistaken), useRequestLog(log), useSession(run), useLive(live)],
  });
  const gate = createGate({ origins, isBehindTls });
  const protocol = createProtocol({ yoga, viewerOf: viewerBy, registered, mistaken, watch, quota, log });
  const turnAway = createTurnAway(gate, log);
  const sockets = createSockets({ protocol, admits: gate.admits, turnAway, proxies, log });
  const ending = new AbortController();
  const readiness = createReadiness(systemPool, MIGRATIONS, () => reader.isConnected);
  const exporting: Backend = { ...backend, openRead: (viewer) => openRead(exportPool, identityOf(viewer), { timeoutMs: EXPORT_TIMEOUT_MS }) };
  const host: LinkHost = {
    schema,
    system: (work) => write(systemPool, WORKER, work, { timeoutMs: READ_TIMEOUT_MS }),
    renew: authenticator.renew,
    meter,
    open: (viewer, requestId) => new Context(exporting, viewer, requestId, new Date()),
    ending: ending.signal,
    accesses,
  };
  const doors = [...oauthRoutes(credentials), textRoute("/schema.graphql", printContract(), viewerOf)];
  const answerRoute = createRoutes(importRoutes, [exportRoute], doors, { viewerOf, guardedBy, perform: backend.perform, watch, balanceOf, host, log });
  const graphiql = createGraphiql();
  const mostBytes = (request: Request) => viewerOf(request).then(mostBytesOf, () => BODY_BYTES);

  async function answer(request: Request, response?: ServerResponse): Promise<Response> {
    notePeer(request, response?.req);
    const { pathname } = new URL(request.url);
    const isForPage = wantsPage(request.method, request.headers.get("accept"));
    if (isGraphql(pathname)) return isForPage ? graphiql(request) : (yoga.fetch(request, { res: response }) as Promise<Response>);
    if (pathname === "/livez") return new Response("ok\n");
    const hangUp = () => response?.destroy() !== undefined;
    if (pathname !== "/readyz") {
      const answered = (await answerRoute(request, hangUp)) ?? new Response(null, { status: 404 });
      answered.headers.set("x-request-id", requestIdOf(request));
      return answered;
    }
    const found = await readiness.ready();
    return Response.json(found, { status: found.ok ? 200 : 503 });
  }

  const fallback = createServerAdapter<{ res?: ServerResponse }>((request, { res }) => answer(request, res));
  const shortcut = createShortcut({ yoga, schema, callerOf, run, registered, log });
  return {
    fetch: createFetch({ gate, mostBytes, answer, log }),
    listener: createEntrance({ gate, mostBytes, shortcut, fallback, log }),
    upgrade: sockets.upgrade,
    turnAway,
    ...readiness,
    async close(answered) {
      live.close();
      await Promise.all([answered, sockets.close(), sealer.close(), reader.close(), jobs?.close(), webhooks?.close()]);
      ending.abort();
      await Promise.all([endSealing(), yoga.dispose(), credentials.close()]);
      await systemPool.end();
    },
  };
}
