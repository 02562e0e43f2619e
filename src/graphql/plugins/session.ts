import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import { isOverrun, isRetryable, OutcomeUnknown } from "../../db/failures.ts";
import type { Logger } from "pino";
import type { Viewer } from "../../core/viewer.ts";
import { type Backend, Context } from "../context.ts";
import type { Execute } from "./compile.ts";
import { type Admit, type Asking, costShown, unrun } from "./limits.admission.ts";
import { maskError } from "./mask.ts";
import { isPassing } from "./patience.ts";

/** What the server knows of a request before an operation runs. */
export interface Caller extends Asking {
  /** Hears when the viewer's credential ends, for answers that go on; absent where the connection itself is ended. */
  watch?: (onEnd: (reason: Error) => void) => () => void;
  /** Hears when nobody waits for the answer any more, at once if nobody does; what it gives ends the hearing, where that is longer than the request. */
  onGone?: (stop: () => void) => () => void;
}

/** What operations run with. */
export interface Running {
  execute: Execute;
  backend: Backend;
  admit: Admit;
  log: Logger;
}

// A mutation that stands, though what it answers can't be read, must not be told as if it might simply be sent again.
function unsettled(failure: unknown): unknown {
  return isPassing(failure) || isOverrun(failure) ? new OutcomeUnknown("written, but not read again", { cause: failure }) : failure;
}

function failureOf(failure: unknown): GraphQLError {
  return failure instanceof GraphQLError ? failure : new GraphQLError("read failed", { originalError: failure as Error });
}

// Of the schema, whoever is held to registered documents is told what is in these.
function plainTo({ isRestricted }: Viewer, error: GraphQLError): GraphQLError {
  const message = isRestricted ? error.message.replace(/ Did you mean [^]*\?$/, "") : error.message;
  return message === error.message ? error : new GraphQLError(message, { nodes: error.nodes, path: error.path, extensions: error.extensions });
}

/**
 * Executes an operation that is admitted, with a context of its own: one snapshot for what it reads. If a statement failed, there is no half
 * answer: one error, data null; nor if it reads more rows than it may. A query whose connection was lost before the first row runs once
 * more; one that nobody waits for any more reads no more.
 */
export async function executeInSession({ execute, backend, admit, log }: Running, args: ExecutionArgs, caller: Caller): Promise<ExecutionResult> {
  const { viewer, requestId, onGone, isDryRun } = caller;
  const admission = await admit(args, caller);
  if (admission.refusal || isDryRun) return unrun(admission);
  const context = new Context(backend, viewer, requestId, new Date());
  const run = () => execute({ ...args, contextValue: context });
  const isQuery = getOperationAST(args.document, args.operationName)?.operation === "query";
  const unhear = isQuery ? onGone?.(() => context.close()) : undefined;
  try {
    let result = await run();
    if (isQuery && context.session.failure && isRetryable(context.session.failure) && !context.session.hasRows) {
      context.restart();
      result = await run();
    }
    const failure = isQuery ? context.failure : unsettled(context.failure);
    const { data, errors } = failure ? { data: null, errors: [failureOf(failure)] } : result;
    const extensions = costShown(admission, context.tally.nodes);
    return errors ? { data, errors: errors.map((error) => plainTo(viewer, maskError(error, requestId, log) as GraphQLError)), extensions } : { ...result, extensions };
  } finally {
    unhear?.();
    context.close();
  }
}

/** `executeInSession` of one server. */
export type Run = (args: ExecutionArgs, caller: Caller) => Promise<ExecutionResult>;

/** The Yoga plugin of `executeInSession`. */
export function useSession(run: Run): Plugin<Caller> {
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => run(args, args.contextValue as Caller));
    },
  };
}
