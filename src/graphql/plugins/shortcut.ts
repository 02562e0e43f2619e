import type { IncomingMessage, ServerResponse } from "node:http";
import { processRegularResult, type YogaServerInstance } from "graphql-yoga";
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, getOperationAST, type GraphQLError, type GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import { namedHash, NotRegistered } from "../../documents/rules.ts";
import { isGraphql } from "./gate.ts";
import { createKept } from "./kept.ts";
import { logResponse, noteOperation, requestIdOf } from "./log.ts";
import { maskError } from "./mask.ts";
import type { Registered } from "./registered.ts";
import type { Caller } from "./session.ts";

const JSON_TYPE = /^application\/json(;|$)/;
const MEMBERS = ["query", "documentId", "variables", "operationName", "extensions"];
interface Params {
  /** Absent where the document is named by its hash. */
  query?: string;
  documentId?: unknown;
  extensions?: unknown;
  operationName?: string;
  variables?: Record<string, unknown> | null;
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

/** Whether a request may be answered here, once its body is read. */
export function isPlain({ method, url, headers }: IncomingMessage): boolean {
  return method === "POST" && isGraphql(url!) && JSON_TYPE.test(headers["content-type"] ?? "") && answerType(headers.accept) !== null;
}

function isObjectOrAbsent(value: unknown): boolean {
  return value == null || (typeof value === "object" && !Array.isArray(value));
}

// Null for whatever has something to be said about it.
function paramsOf(body: Buffer): Params | null {
  try {
    const params = JSON.parse(body.toString()) as Record<string, unknown>;
    const isKnown = isObjectOrAbsent(params) && Object.keys(params).every((name) => MEMBERS.includes(name));
    const hasDocument = typeof params.query === "string" || namedHash(params) !== null;
    return isKnown && hasDocument && isObjectOrAbsent(params.variables) && isObjectOrAbsent(params.extensions) ? (params as unknown as Params) : null;
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

export interface ShortPath {
  yoga: YogaServerInstance<{ caller?: Caller }, Caller>;
  schema: GraphQLSchema;
  /** Who sends a request; rejects as the context does. */
  callerOf: (request: Request) => Promise<Caller>;
  /** Executes an operation for its caller. */
  run: (args: ExecutionArgs, caller: Caller) => Promise<ExecutionResult>;
  registered: Registered;
  log: Logger;
}

/** A plain request whose body is read. */
export interface Arrival {
  body: Buffer;
  request: Request;
  response: ServerResponse;
  /** What every answer's head has. */
  headers: Readonly<Record<string, string>>;
  /** Hands it to Yoga, with nothing done. */
  pass: () => void;
}

/** Answers a plain request, or passes it on. */
export type Shortcut = (arrival: Arrival) => void;

/**
 * The short path: a plain JSON request for a query or mutation that Yoga parses and finds valid is executed as Yoga's plugins do it, past the
 * objects of the fetch API and the hooks, which cost more than all else; its answer is the same. Whatever is wrong with a request is for Yoga.
 * Nothing of it is parsed before it is known whose it is.
 */
export function createShortcut({ yoga, schema, callerOf, run, registered, log }: ShortPath): Shortcut {
  const kept = createKept<DocumentNode>();

  function read(request: Request, params: Params): DocumentNode | null {
    const query = params.query!;
    const known = kept.get(query);
    if (known) return known;
    try {
      const enveloped = yoga.getEnveloped({ request, params } as never);
      const document = enveloped.parse(query) as DocumentNode;
      if (enveloped.validate(enveloped.schema, document).length > 0) return null;
      kept.set(query, document);
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

  async function execute(params: Params, request: Request): Promise<ExecutionResult | null> {
    try {
      const caller = await callerOf(request);
      const args = prepare(request, params.query && !caller.viewer.isRestricted ? params : await registered.fill(params, caller.viewer));
      if (!args) return null;
      noteOperation(request, args.operationName, caller);
      return await run(args, caller);
    } catch (error) {
      if (error instanceof NotRegistered) return null;
      return { errors: [maskError(error, requestIdOf(request), log) as GraphQLError] };
    }
  }

  async function answer(params: Params, { request, response, headers, pass }: Arrival): Promise<void> {
    const result = await execute(params, request);
    if (!result) return pass();
    const shown: unknown = processRegularResult(result, { Response: Plain } as never, answerType(request.headers.get("accept") ?? undefined)!);
    const { body, init } = shown as Plain;
    const requestId = logResponse(log, request, init.status);
    response.writeHead(init.status, { ...headers, ...init.headers, "content-length": Buffer.byteLength(body), "x-request-id": requestId });
    // As a text it goes out in one piece with its head.
    response.end(body);
  }

  return (arrival) => {
    const params = paramsOf(arrival.body);
    if (!params) return arrival.pass();
    answer(params, arrival).catch((error: unknown) => {
      log.error({ err: error }, "an answer could not be written");
      arrival.response.destroy();
    });
  };
}
