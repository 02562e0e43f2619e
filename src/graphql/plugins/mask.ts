import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { AccessUnlogged } from "../../accesses/service.ts";
import { headersOf, RateLimited } from "../../budgets/rules.ts";
import { Refusal } from "../../core/errors.ts";
import { causeOf, isDiskFull, isOverrun, isRetryable, nulRefusal, OutcomeUnknown, PoolExhausted } from "../../db/failures.ts";
import { NotRegistered } from "../../documents/rules.ts";
import { Unauthenticated } from "../../grants/authenticator.service.ts";
import { KeysUnavailable } from "../../tokens/provider.service.ts";

function unavailable(message: string, retryAfterSeconds: number): GraphQLError {
  const http = { status: 503, headers: { "retry-after": String(retryAfterSeconds) } };
  return new GraphQLError(message, { extensions: { code: "UNAVAILABLE", http } });
}

function rateLimited({ message, retryAfterSeconds, balance }: RateLimited): GraphQLError {
  const headers = { ...(balance ? headersOf(balance) : {}), "retry-after": String(retryAfterSeconds) };
  return new GraphQLError(message, { extensions: { code: "RATE_LIMITED", retryAfterSeconds, http: { status: 429, headers } } });
}

const UNSETTLED = "The database connection was lost while this was written, so it may stand or not: send it again with the same idempotencyKey, which does it once; without a key, look first.";

function overrun(): GraphQLError {
  const message = "This took longer than an operation may, and was stopped: ask for a shorter range or fewer rows, or send its parts one by one.";
  return new GraphQLError(message, { extensions: { code: "DEADLINE_EXCEEDED", http: { status: 503 } } });
}

function mistake(error: GraphQLError): GraphQLError {
  const { message, nodes, path, extensions } = error;
  return extensions.code ? error : new GraphQLError(message, { nodes, path, extensions: { ...extensions, code: "BAD_USER_INPUT" } });
}

/** Errors as they are written where there is no HTTP: what they say to it alone, status and headers, is no part of them, as it is none of its bodies. */
export function writtenErrors(errors: readonly GraphQLError[]): GraphQLFormattedError[] {
  return errors.map((error) => {
    const { extensions: { http: _, ...extensions } = {}, ...told } = error.toJSON();
    return { ...told, ...(Object.keys(extensions).length > 0 ? { extensions } : {}) };
  });
}

/**
 * What a caller is told of an error: refusals and mistakes of the document as they are, overload and lost connections as UNAVAILABLE (try
 * again), what overran its deadline as DEADLINE_EXCEEDED (ask for less), what there are no points for as RATE_LIMITED (wait), and everything else, being a bug, as INTERNAL with the request id under which it is logged.
 */
export function maskError(error: unknown, requestId: string, log: Logger): Error {
  const cause = causeOf(error instanceof GraphQLError && error.originalError ? error.originalError : error);
  const original = nulRefusal(cause) ?? cause;
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  if (original instanceof Refusal) return new GraphQLError(original.message, { ...place, extensions: { code: original.code, path: original.path } });
  if (original instanceof Unauthenticated) {
    return new GraphQLError("A valid bearer token is needed: header authorization: Bearer <API key or JWT>.", {
      extensions: { code: "UNAUTHENTICATED", http: { status: 401, headers: { "www-authenticate": "Bearer" } } },
    });
  }
  if (original instanceof RateLimited) return rateLimited(original);
  if (original instanceof NotRegistered) {
    const http = { status: original.isRestricted ? 403 : 404 };
    return new GraphQLError(original.message, { extensions: { code: "DOCUMENT_NOT_REGISTERED", http } });
  }
  if (original instanceof PoolExhausted) return unavailable("The server is busy; try again shortly.", original.retryAfterSeconds);
  if (original instanceof AccessUnlogged) {
    log.error({ requestId, err: original }, "the access log can't be written");
    return unavailable("Accesses can't be logged at the moment, so nothing is told, also of what was changed: send it again shortly, a mutation with the same idempotencyKey.", 1);
  }
  if (isDiskFull(original)) {
    log.error({ requestId, err: original }, "the database's disk is full: free space, writes go on by themselves");
    return unavailable("Nothing can be written at the moment; try again later.", 30);
  }
  if (original instanceof OutcomeUnknown) return unavailable(UNSETTLED, 1);
  if (isOverrun(original)) return overrun();
  if (isRetryable(original)) return unavailable("The database connection was lost; try again.", 1);
  if (original instanceof KeysUnavailable) {
    log.error({ requestId, err: original }, "no keys to check tokens by");
    return unavailable("Tokens can't be checked at the moment; try again shortly.", 5);
  }
  // Of a variable's value, what is wrong with it stands in the original, and which value it is in the error around it.
  if (original instanceof GraphQLError) return mistake(error instanceof GraphQLError ? error : original);
  log.error({ requestId, err: original }, "unexpected error");
  return new GraphQLError(`Something went wrong on our side; tell us the request id ${requestId}.`, { ...place, extensions: { code: "INTERNAL", requestId } });
}
