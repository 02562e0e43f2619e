import type { ExecutionArgs, ExecutionResult, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { type Admitting, type Asking, costShown, LEAST } from "./limits.admission.ts";
import { maskError } from "./mask.ts";
import type { Caller } from "./session.ts";

/** The answer to a document that can't be run as it stands: what is wrong with it, or that its caller has nothing left to ask so with. */
export type Mistaken = (mistakes: readonly GraphQLError[], asking: Asking) => Promise<ExecutionResult>;

/** Tells mistakes, for the least that anything costs. */
export function createMistaken({ charge, log }: Pick<Admitting, "charge" | "log">): Mistaken {
  return async (mistakes, { viewer, requestId }) => {
    try {
      const balance = await charge(viewer, LEAST);
      return { errors: mistakes, extensions: costShown({ shown: { requested: LEAST, ...balance }, balance }) };
    } catch (error) {
      return { errors: [maskError(error, requestId, log) as GraphQLError] };
    }
  };
}

// Written on the request, as whoever passes its answer on may make another of it.
const HAS_RUN = Symbol("hasRun");
type Noted = Request & { [HAS_RUN]?: boolean };

/** The Yoga plugin of `createMistaken`: whatever a caller sent of which nothing came to be executed. */
export function useMistakes(mistaken: Mistaken): Plugin<Caller, { caller?: Caller }> {
  const note = ({ args }: { args: ExecutionArgs }) => {
    const { request } = args.contextValue as { request?: Noted };
    if (request) request[HAS_RUN] = true;
  };
  return {
    onExecute: note,
    onSubscribe: note,
    onResultProcess({ request, result, serverContext: { caller }, setResult }) {
      if (caller && !(request as Noted)[HAS_RUN]) return mistaken((result as ExecutionResult).errors!, caller).then(setResult);
    },
  };
}
