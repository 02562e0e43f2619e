import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { processRegularResult, type YogaServerInstance } from "graphql-yoga";
import { type ExecutionResult, getOperationAST, type GraphQLError } from "graphql";
import type { Logger } from "pino";
import { logResponse, requestIdOf } from "./log.ts";
import { maskError } from "./mask.ts";
import type { Caller } from "./session.ts";

const PATH = "/graphql";
const JSON_TYPE = /^application\/json(;|$)/;
/** Longer bodies are read by Yoga, which has the limit. */
const LONGEST = 1_000_000;
const MEMBERS = ["query", "variables", "operationName", "extensions"];

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

/**
 * The way into a server from node:http. A plain JSON request for a valid query or mutation goes straight to Yoga's own parsing, validation,
 * context and execution, past the objects of the fetch API, which cost more than all of these; its answer is the same. Everything else,
 * and whatever is wrong with a request, is for `fallback`.
 */
export function createEntrance(yoga: YogaServerInstance<{ caller?: Caller }, Caller>, fallback: RequestListener, log: Logger): RequestListener {
  function prepare(request: Request, params: Params) {
    try {
      const { schema, parse, validate, contextFactory, execute } = yoga.getEnveloped({ request, params } as never);
      const document = parse(params.query);
      const operation = getOperationAST(document, params.operationName);
      if (!operation || operation.operation === "subscription" || validate(schema, document).length > 0) return null;
      return async (): Promise<ExecutionResult> => {
        const { operationName, variables: variableValues } = params;
        return execute({ schema, document, operationName, variableValues, contextValue: await contextFactory() });
      };
    } catch {
      return null;
    }
  }

  async function answer(run: () => Promise<ExecutionResult>, request: Request, response: ServerResponse): Promise<void> {
    const result = await run().catch((error: unknown) => ({ errors: [maskError(error, requestIdOf(request), log) as GraphQLError] }));
    const shown: unknown = processRegularResult(result, { Response: Plain } as never, answerType(request.headers.get("accept") ?? undefined)!);
    const { body, init } = shown as Plain;
    const bytes = Buffer.from(body);
    const requestId = logResponse(log, request, init.status);
    response.writeHead(init.status, { ...init.headers, "content-length": bytes.length, "x-request-id": requestId });
    response.end(bytes);
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
      const run = params && prepare(request, params);
      if (run) answer(run, request, response).catch(breakOff(response));
      else fallback(Object.assign(incoming, { body }), response);
    });
  };
}
