import { randomUUID } from "node:crypto";
import pino from "pino";
import postgres from "postgres";
import type { Role, Scope } from "../../src/core/viewer.ts";
import { MOST_POINTS } from "../../src/budgets/rules.ts";
import { createPool } from "../../src/db/pool.ts";
import type { JwtOptions } from "../../src/tokens/provider.service.ts";
import { makeKey } from "../../src/grants/rules.ts";
import { createServer, type Server, type ServerOptions } from "../../src/server.ts";
import { createDatabase } from "./database.ts";
import { listenOn } from "./sockets.ts";

/** A grant as tests write it. */
export interface GrantSpec {
  role: Role;
  projectId?: string | null;
  vendorId?: string | null;
  teamId?: string | null;
  labelerId?: string | null;
  canAdjudicate?: boolean;
  /** Of the token of a SERVICE. */
  scopes?: Scope[];
}

export interface Answer<T> {
  data: T;
  errors?: { message: string; path?: unknown[]; extensions?: Record<string, unknown> }[];
}

/** Somebody with a token. */
export interface Caller {
  principalId: string;
  token: string;
  /** Sends a document; the answer with its errors. */
  send: <T = any>(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>) => Promise<Answer<T>>;
  /** Sends a document that must succeed; its data. */
  ask: <T = any>(query: string, variables?: Record<string, unknown>) => Promise<T>;
  /** Sends one mutation field whose payload must not be a refusal; the payload. */
  verb: <T = any>(name: string, input: Record<string, unknown>, payload: string) => Promise<T>;
  /** Sends one mutation field that must be refused; the refusal. */
  refused: (name: string, input: Record<string, unknown>) => Promise<{ __typename: string; code: string; message: string; path: string[] }>;
}

/** A server on a database of its own. */
export interface World {
  server: Server;
  /** The database as its superuser: for what no API shows. Row security does not apply. */
  sql: postgres.Sql;
  urls: Awaited<ReturnType<typeof createDatabase>>["urls"];
  /** The texts of the statements that requests sent, since it was last cleared. */
  statements: string[];
  admin: Caller;
  /** A new principal with these grants (none: no role at all) and a token. */
  caller: (...grants: GrantSpec[]) => Promise<Caller>;
  /** Somebody who has a token already. */
  known: (caller: Pick<Caller, "principalId" | "token">) => Caller;
  /** Serves on a port of its own until the world is closed; its address, such as http://127.0.0.1:1234. */
  listen: () => Promise<string>;
  close: () => Promise<void>;
}

interface WorldOptions extends Partial<Omit<ServerOptions, "urls" | "jwt" | "log">> {
  hear?: (line: string) => void;
  database?: Awaited<ReturnType<typeof createDatabase>>;
}

const REFUSAL = "__typename ... on Refusal { code message path }";

/** With this in the environment, the fast path has to do all it can: queries are compiled at once, and callers come in from node:http. */
const isFast = process.env.ASSAY_TEST_PATH === "fast";

/**
 * A world of one's own; close it at the end. With `jwt` it takes tokens of an identity provider too, with `jobs` it works in the background;
 * `hear` hears the lines of its log. A `database` given is taken as it is.
 */
export async function createWorld(
  jwt: JwtOptions | null = null,
  { hear, database, ...options }: WorldOptions = {},
): Promise<World> {
  const { urls, drop } = database ?? (await createDatabase());
  const statements: string[] = [];
  // A mutation's row in the access log is one statement more, whatever the mutation.
  const onStatement = (text: string) => void (text.includes("/* logAccesses */") || statements.push(text));
  const pool = createPool({ url: urls.login, size: 8, queue: 500, waitMs: 10_000, applicationName: "assay-test", onStatement });
  const analystPool = createPool({ url: urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test", onStatement });
  const scanPool = createPool({ url: urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test", onStatement });
  const exportPool = createPool({ url: urls.login, size: 2, queue: 2, waitMs: 2_000, applicationName: "assay-test", onStatement });
  const log = hear ? pino({ level: "info" }, { write: hear }) : pino({ level: process.env.ASSAY_TEST_LOG ?? "silent" });
  const server = createServer({ pool, analystPool, scanPool, exportPool, urls, jwt, log, jobs: false, compiling: isFast ? "AT_ONCE" : "AGAIN", pointsPerMinute: MOST_POINTS, failuresPerMinute: 1_000_000, ...options });
  const sql = postgres(urls.migrator, { max: 2, onnotice: () => {} });

  let address: string | undefined;

  function callerOf(principalId: string, token: string): Caller {
    const send: Caller["send"] = async (query, variables, headers) => {
      const request = {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
        body: JSON.stringify({ query, variables }),
      };
      const response = isFast
        ? await fetch(`${(address ??= await listen())}/graphql`, request)
        : await server.fetch(new Request("http://assay.test/graphql", request));
      return response.json() as never;
    };
    const ask: Caller["ask"] = async (query, variables) => {
      const { data, errors } = await send(query, variables);
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    };
    const mutate = async (name: string, input: Record<string, unknown>, selection: string) => {
      const title = name[0]!.toUpperCase() + name.slice(1);
      const data = await ask(`mutation ($input: ${title}Input!) { result: ${name}(input: $input) { ${selection} } }`, { input });
      return data.result;
    };
    const payloadOf = (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}Payload`;
    return {
      principalId,
      token,
      send,
      ask,
      verb: async (name, input, payload) => {
        const result = await mutate(name, input, `${REFUSAL} ... on ${payloadOf(name)} { ${payload} }`);
        if (result.__typename !== payloadOf(name)) throw new Error(`${name}: ${JSON.stringify(result)}`);
        return result;
      },
      refused: async (name, input) => {
        const result = await mutate(name, input, REFUSAL);
        if (result.__typename === payloadOf(name)) throw new Error(`${name} was not refused`);
        return result;
      },
    };
  }

  async function caller(...grants: GrantSpec[]): Promise<Caller> {
    const principalId = randomUUID();
    const { key, prefix, keyHash } = makeKey();
    const scopes = grants.flatMap((grant) => grant.scopes ?? []);
    const kind = grants.some(({ role }) => role === "SERVICE") ? "SERVICE" : "PERSON";
    await sql`insert into principals (id, kind, name) values (${principalId}, ${kind}, ${`P ${principalId}`})`;
    await sql`insert into api_clients (id, principal_id, name, prefix, key_hash, scopes, expires_at)
      values (${randomUUID()}, ${principalId}, 'test', ${prefix}, ${keyHash}, ${scopes}, now() + interval '1 day')`;
    for (const { role, projectId = null, vendorId = null, teamId = null, labelerId = null, canAdjudicate = false } of grants) {
      await sql`insert into role_grants (id, principal_id, role, project_id, vendor_id, team_id, labeler_id, can_adjudicate)
        values (${randomUUID()}, ${principalId}, ${role}, ${projectId}, ${vendorId}, ${teamId}, ${labelerId}, ${canAdjudicate})`;
    }
    return callerOf(principalId, key);
  }

  const listeners: (() => Promise<void>)[] = [];
  const listen = async () => {
    const { url, close } = await listenOn(server);
    listeners.push(close);
    return url;
  };

  const close = async () => {
    await server.close();
    for (const end of listeners) await end();
    await Promise.all([pool.end(), analystPool.end(), scanPool.end(), exportPool.end(), sql.end()]);
    await drop();
  };
  return { server, sql, urls, statements, admin: await caller({ role: "ADMIN" }), caller, known: (each) => callerOf(each.principalId, each.token), listen, close };
}
