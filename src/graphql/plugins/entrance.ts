import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { processRegularResult, type YogaServerInstance } from "graphql-yoga";
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, getOperationAST, type GraphQLError, type GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import { logResponse, noteOperation, requestIdOf } from "./log.ts";
import { maskError } from "./mask.ts";
import type { Caller } from "./session.ts";

const PATH = "/graphql";
const JSON_TYPE = /^application\/json(;|$)/;
/** Longer bodies are read by Yoga, which has the limit. */
const LONGEST = 1_000_000;
const MEMBERS = ["query", "variables", "operationName", "extensions"];
/** How many valid documents are remembered, the newest, and how long they may be. */
const KEPT = 1_000;
const LONGEST_KEPT = 20_000;

interface Params {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown> | null;
}

/** What hooks and log ask of a request, without the rest of it. */
function facadeOf(incoming: IncomingMessage, response: ServerResponse): Request {
  const headers = { get: (name: string) => (incoming.headers[name] as string | undefined) ?? null };
  const signal = { addEventListener: (_: string, hear: () => void) => void response.once("close", hear) };
  return { method: "POST", url: PATH, headers, signal } as unknown as Request;
}

// The type of an answer that is no stream, by the first type asked for that fits; null if none does.
function answerType(accept = "*/*"): string | null {
  for (const asked of accept.replace(/\s/g, "").toLowerCase().split(",")) {
    const [type, ...options] = asked.split(";");
    if (options.some((option) => option.includes("charset=") && option !== "charset=utf-8")) continue;
    if (type === "*/*" || type === "application/*" || type === "application/json") return "application/json";
    if (type === "application/graphql-response+json") return type;
  }
  return null;
}

function isPlain({ method, url, headers }: IncomingMessage): boolean {
  const length = Number(headers["content-length"]);
  return (
    method === "POST" && url === PATH && length > 0 && length <= LONGEST && JSON_TYPE.test(headers["content-type"] ?? "")
    && headers.origin === undefined && answerType(headers.accept) !== null
  );
}

function isObjectOrAbsent(value: unknown): boolean {
  return value == null || (typeof value === "object" && !Array.isArray(value));
}

// Null for whatever has something to be said about it.
function paramsOf(body: Buffer): Params | null {
  try {
    const params = JSON.parse(body.toString()) as Record<string, unknown>;
    const isKnown = isObjectOrAbsent(params) && Object.keys(params).every((name) => MEMBERS.includes(name));
    return isKnown && typeof params.query === "string" && isObjectOrAbsent(params.variables) && isObjectOrAbsent(params.extensions) ? (params as unknown as Params) : null;
  } catch {
    return null;
  }
}

/** Yoga's way of putting an answer into a response takes any class of responses. */
class Plain {
  readonly body: string;
  readonly init: { status: number; headers: Record<string, string> };

  constructor(body: string, init: Plain["init"]) {
    this.body = body;
    this.init = init;
  }
}

export interface Entrance {
  yoga: YogaServerInstance<{ caller?: Caller }, Caller>;
  schema: GraphQLSchema;
  /** Who sends a request; rejects as the context does. */
  callerOf: (request: Request) => Promise<Caller>;
  /** Executes an operation for its caller. */
  run: (args: ExecutionArgs, caller: Caller) => Promise<ExecutionResult>;
  fallback: RequestListener;
  log: Logger;
}

/**
 * The way into a server from node:http. A plain JSON request for a query or mutation that Yoga parses and finds valid is executed as Yoga's
 * plugins do it, past the objects of the fetch API and the hooks, which cost more than all else; its answer is the same. Everything else,
 * and whatever is wrong with a request, is for `fallback`.
 */
export function createEntrance({ yoga, schema, callerOf, run, fallback, log }: Entrance): RequestListener {
  const kept = new Map<string, DocumentNode>();

  function read(request: Request, params: Params): DocumentNode | null {
    const known = kept.get(params.query);
    if (known) return known;
    try {
      const enveloped = yoga.getEnveloped({ request, params } as never);
      const document = enveloped.parse(params.query) as DocumentNode;
      if (enveloped.validate(enveloped.schema, document).length > 0) return null;
      if (params.query.length <= LONGEST_KEPT) kept.set(params.query, document);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
      return document;
    } catch {
      return null;
    }
  }

  function prepare(request: Request, params: Params): ExecutionArgs | null {
    const { operationName, variables: variableValues } = params;
    const document = read(request, params);
    const operation = document && getOperationAST(document, operationName);
    return !operation || operation.operation === "subscription" ? null : { schema, document, operationName, variableValues };
  }

  async function execute(args: ExecutionArgs, request: Request): Promise<ExecutionResult> {
    try {
      const caller = await callerOf(request);
      noteOperation(request, args.operationName, caller);
      return await run(args, caller);
    } catch (error) {
      return { errors: [maskError(error, requestIdOf(request), log) as GraphQLError] };
    }
  }

  async function answer(args: ExecutionArgs, request: Request, response: ServerResponse): Promise<void> {
    const result = await execute(args, request);
    const shown: unknown = processRegularResult(result, { Response: Plain } as never, answerType(request.headers.get("accept") ?? undefined)!);
    const { body, init } = shown as Plain;
    const requestId = logResponse(log, request, init.status);
    response.writeHead(init.status, { ...init.headers, "content-length": Buffer.byteLength(body), "x-request-id": requestId });
    // As a text it goes out in one piece with its head.
    response.end(body);
  }

  const breakOff = (response: ServerResponse) => (error: unknown) => {
    log.error({ err: error }, "an answer could not be written");
    response.destroy();
  };

  return (incoming, response) => {
    if (!isPlain(incoming)) return fallback(incoming, response);
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const params = paramsOf(body);
      const request = facadeOf(incoming, response);
      const args = params && prepare(request, params);
      if (args) answer(args, request, response).catch(breakOff(response));
      else fallback(Object.assign(incoming, { body }), response);
    });
  };
}
