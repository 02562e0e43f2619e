import { randomUUID } from "node:crypto";
import { type ExecutionArgs, getOperationAST, GraphQLError } from "graphql";
import { CloseCode, makeServer, type Server, type SubscribePayload } from "graphql-ws";
import type { YogaServerInstance } from "graphql-yoga";
import type { Logger } from "pino";
import { RateLimited } from "../../budgets/rules.ts";
import { InvalidInput } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { comerOf, type Viewer } from "../../core/viewer.ts";
import { Unauthenticated } from "../../grants/authenticator.service.ts";
import type { Shown, Watch } from "../../grants/watch.service.ts";
import { shownIn } from "./allowance.ts";
import type { Outlet } from "./delivery.ts";
import type { Mistaken } from "./limits.mistakes.ts";
import { readDryRun } from "./limits.ts";
import type { Subscriber } from "./live.ts";
import { logOperation } from "./log.ts";
import { maskError, writtenErrors } from "./mask.ts";
import type { Quota } from "./quotas.ts";
import type { Registered } from "./registered.ts";
import type { Caller } from "./session.ts";

/** One socket, as the protocol knows it. */
export interface Visit {
  close: (code: number, reason: string) => void;
  /** Parts from a client that is too slow. */
  giveUp: () => void;
  /** The way of one operation's answers, by the text that stands before each. */
  outlet: (head: string) => Outlet;
  isClosed: boolean;
  /** Operations under way that have one answer. */
  answering: Set<unknown>;
  /** Ends each of its subscriptions, those too that the library has lost sight of since their id was used again. */
  stops: Set<() => void>;
  /** Where its client is; null if that isn't known. */
  address: string | null;
  shown?: Shown;
  /** Asks for the cost of its operations alone. */
  isDryRun?: boolean;
  unwatch?: () => void;
  /** Gives back the principal's place. */
  leave?: () => void;
}

export interface ProtocolOptions {
  yoga: YogaServerInstance<{ caller?: Caller }, Caller>;
  /** Who shows this, coming from there. */
  viewerOf: (shown: Shown, address: string | null) => Promise<Viewer>;
  registered: Registered;
  mistaken: Mistaken;
  watch: Watch;
  /** The sockets that a principal may have. */
  quota: Quota;
  log: Logger;
}

type Run = (args: ExecutionArgs) => ReturnType<NonNullable<Parameters<typeof makeServer>[0]["execute"]>>;

/** An operation with the functions that run it, which Yoga's plugins have wrapped. */
interface Operation extends ExecutionArgs {
  execute: Run;
  subscribe: Run;
  contextValue: Caller;
  startedAt: number;
}

const AGAINST_POLICY = 1008;
const TRY_AGAIN = 1013;
/** What one socket may have under way. */
const MOST_OPERATIONS = LIMITS.socketOperations;
const WHICH = "operationName: it has to name one of the document's operations where that has more than one.";

// Browsers can't give headers with a socket.
function headersIn(params: Readonly<Record<string, unknown>> = {}): (name: string) => string | null {
  return (name) => {
    const value = Object.entries(params).find(([key]) => key.toLowerCase() === name)?.[1];
    return value == null ? null : String(value);
  };
}

function refuse({ close }: Visit, error: unknown): void {
  if (error instanceof Unauthenticated) close(CloseCode.Unauthorized, 'Give connectionParams {"authorization": "Bearer <API key or JWT>"}');
  else if (error instanceof InvalidInput) close(CloseCode.BadRequest, error.message);
  else if (error instanceof RateLimited) close(TRY_AGAIN, error.message);
  else close(TRY_AGAIN, "Tokens can't be checked at the moment; try again shortly");
}

function end({ unwatch, leave, stops }: Visit): void {
  unwatch?.();
  leave?.();
  for (const stop of [...stops]) stop();
}

// Past what a socket may have under way, at once: ids used again before they are answered count once where operations are counted.
function onGoneOf(visit: Visit): NonNullable<Caller["onGone"]> {
  return (stop) => {
    if (visit.isClosed || visit.stops.size > MOST_OPERATIONS) {
      stop();
      return () => {};
    }
    visit.stops.add(stop);
    return () => visit.stops.delete(stop);
  };
}

function tooMany(): GraphQLError {
  const message = `At most ${MOST_OPERATIONS} operations may be under way on a socket: complete some, or open another socket.`;
  return new GraphQLError(message, { extensions: { code: "TOO_MANY_OPERATIONS" } });
}

// Known while its answer is awaited, which the end of the server has to wait for.
function counted({ answering }: Visit, execute: Run): Run {
  return (args) => {
    const answer = Promise.resolve(execute(args)).finally(() => answering.delete(answer));
    answering.add(answer);
    return answer;
  };
}

/** The graphql-transport-ws protocol over Yoga's execution: 4401 without a valid token, 4403 when it ends or its grants are withdrawn. */
export function createProtocol({ yoga, viewerOf, registered, mistaken, watch, quota, log }: ProtocolOptions): Server<Visit> {
  async function prepare(visit: Visit, id: string, payload: SubscribePayload): Promise<Operation | readonly GraphQLError[]> {
    const startedAt = performance.now();
    const requestId = randomUUID();
    let caller: Subscriber | undefined;
    try {
      const viewer = await viewerOf(visit.shown!, visit.address);
      const outlet = visit.outlet(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
      caller = { requestId, viewer, isDryRun: visit.isDryRun, outlet, hangUp: visit.giveUp, onGone: onGoneOf(visit) };
      const { schema, parse, validate, execute, subscribe, contextFactory } = yoga.getEnveloped({ caller, params: payload });
      const { query } = await registered.fill(payload, viewer);
      const { operationName, variables: variableValues } = payload;
      const document = parse(query);
      const mistakes = getOperationAST(document, operationName) ? validate(schema, document) : [new GraphQLError(WHICH)];
      if (mistakes.length > 0) return (await mistaken(mistakes, caller)).errors!;
      return { schema, document, operationName, variableValues, contextValue: await contextFactory(), execute: counted(visit, execute), subscribe, startedAt };
    } catch (error) {
      const mistakes = [maskError(error, requestId, log) as GraphQLError];
      return caller ? (await mistaken(mistakes, caller)).errors! : mistakes;
    }
  }

  return makeServer<Readonly<Record<string, unknown>>, Visit>({
    async onConnect({ connectionParams, extra: visit }) {
      const header = headersIn(connectionParams);
      const shown = shownIn(header);
      try {
        visit.isDryRun = readDryRun(header("x-assay-dry-run"));
        const viewer = await viewerOf(shown, visit.address);
        visit.leave = quota(comerOf(viewer)) ?? undefined;
        if (!visit.leave) {
          visit.close(AGAINST_POLICY, "Too many sockets of one principal: close some, or send more operations over each");
          return false;
        }
        visit.shown = shown;
        visit.unwatch = watch.start(shown, viewer, () => visit.close(CloseCode.Forbidden, "The token has ended, or its grants have changed; connect again with a valid one"));
        if (visit.isClosed) end(visit);
        return true;
      } catch (error) {
        refuse(visit, error);
        return false;
      }
    },
    onClose({ extra: visit }) {
      visit.isClosed = true;
      end(visit);
    },
    onSubscribe: ({ extra: visit, subscriptions }, id, payload) => (Object.keys(subscriptions).length > MOST_OPERATIONS ? [tooMany()] : prepare(visit, id, payload)),
    execute: (args) => (args as Operation).execute(args),
    subscribe: (args) => (args as Operation).subscribe(args),
    onError: (_, __, ___, errors) => writtenErrors(errors),
    onNext: (_, __, ___, ____, { errors, ...result }) => (errors ? { ...result, errors: writtenErrors(errors as GraphQLError[]) } : undefined),
    onOperation(_, __, payload, args) {
      const { contextValue, startedAt } = args as Operation;
      const { requestId, viewer } = contextValue;
      logOperation(log, { requestId, startedAt, operation: payload.operationName ?? null, principalId: viewer.principalId, transport: "ws" });
    },
  });
}
