import { setTimeout as sleep } from "node:timers/promises";
import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult, type GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { Viewer } from "../../core/viewer.ts";
import { isRetryable, PoolExhausted } from "../../db/failures.ts";
import type { Reader } from "../../events/reader.ts";
import { type Backend, Context } from "../context.ts";
import type { Source } from "../stream.ts";
import { type Batch, createGroups, type Group } from "./groups.ts";
import { maskError } from "./mask.ts";
import type { Caller } from "./session.ts";

export interface LiveOptions {
  backend: Backend;
  reader: Reader;
  log: Logger;
}

type Answers = AsyncGenerator<ExecutionResult, void, void>;

/** Runs subscriptions. */
export interface Live {
  subscribe(args: ExecutionArgs, caller: Caller): Promise<Answers | ExecutionResult>;
  /** Completes every subscription. */
  close(): void;
}

const BATCH = 100;
const RETRY_MS = 250;

// Rights and all that field masks look at; the principal is part of it, so nothing is shared between two.
function scopeOf({ scopes, expiresAt: _, ...viewer }: Viewer): unknown {
  return { ...viewer, scopes: scopes && [...scopes] };
}

function isPassing(error: unknown): boolean {
  return isRetryable(error) || error instanceof PoolExhausted;
}

/**
 * Subscribers pull: each has a cursor, and what follows it is read when its transport has taken what came before. So a stalled one holds
 * one batch, harms nobody and catches up by itself. Every batch is read and executed in one short snapshot under the viewer's identity.
 */
export function createLive({ backend, reader: { heads, started }, log }: LiveOptions): Live {
  const join = createGroups();
  const endings = new Set<AbortController>();

  function mask({ data, errors }: ExecutionResult, { requestId }: Caller): ExecutionResult {
    return errors ? { data, errors: errors.map((error) => maskError(error, requestId, log) as GraphQLError) } : { data };
  }

  async function open(args: ExecutionArgs, caller: Caller): Promise<Source | ExecutionResult> {
    const context = new Context(backend, caller.viewer, caller.requestId, new Date());
    try {
      const stream = await createSourceEventStream({ ...args, contextValue: context });
      return Symbol.asyncIterator in stream ? ((await stream[Symbol.asyncIterator]().next()).value as Source) : mask(stream, caller);
    } catch (error) {
      return mask({ errors: [error as GraphQLError] }, caller);
    } finally {
      context.close();
    }
  }

  async function runBatch(args: ExecutionArgs, caller: Caller, source: Source, after: number): Promise<Batch> {
    const context = new Context(backend, caller.viewer, caller.requestId, new Date());
    const upTo = heads.get(source.projectId);
    try {
      const rows = await context.read((db) => source.read(db, { after, upTo, first: BATCH }));
      const results = await Promise.all(rows.map(({ row }) => execute({ ...args, rootValue: row, contextValue: context })));
      if (context.session.failure) throw context.session.failure;
      return { results: results.map((result) => mask(result, caller)), cursor: rows.length === BATCH ? rows.at(-1)!.seq : upTo };
    } finally {
      context.close();
    }
  }

  async function* follow(group: Group, projectId: string, after: number, run: (after: number) => Promise<Batch>, signal: AbortSignal): Answers {
    let cursor = after;
    while (!signal.aborted) {
      await heads.past(projectId, cursor, signal);
      if (signal.aborted) break;
      try {
        const batch = await group.batchAfter(cursor, run);
        for (const result of batch.results) if (!signal.aborted) yield result;
        cursor = batch.cursor;
      } catch (error) {
        if (!isPassing(error)) throw error;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
    if (signal.reason) throw signal.reason;
  }

  return {
    async subscribe(args, caller) {
      await started;
      const source = await open(args, caller);
      if (!("read" in source)) return source;
      const group = join(JSON.stringify([args.document.loc?.source.body, args.operationName, args.variableValues, scopeOf(caller.viewer)]));
      const after = source.after ?? heads.get(source.projectId);
      const ending = new AbortController();
      endings.add(ending);
      const unwatch = caller.watch?.((reason) => ending.abort(reason));
      const leave = () => {
        if (!endings.delete(ending)) return;
        ending.abort(null);
        unwatch?.();
        group.leave();
      };
      const answers = (async function* (): Answers {
        try {
          yield* follow(group, source.projectId, after, (cursor) => runBatch(args, caller, source, cursor), ending.signal);
        } catch (error) {
          yield { errors: [maskError(error, caller.requestId, log) as GraphQLError] };
        } finally {
          leave();
        }
      })();
      // A generator that waits hears of its end only afterwards; so its wait is ended first.
      const end = <T>(answer: T): T => {
        leave();
        return answer;
      };
      const stoppable: Answers = {
        next: () => answers.next(),
        return: () => end(answers.return()),
        throw: (error) => end(answers.throw(error)),
        [Symbol.asyncIterator]: () => stoppable,
      };
      return stoppable;
    },
    close() {
      for (const ending of endings) ending.abort(null);
    },
  };
}

/** The Yoga plugin of `createLive`. */
export function useLive(live: Live): Plugin<Caller> {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn((args: ExecutionArgs) => live.subscribe(args, args.contextValue as Caller));
    },
  };
}
