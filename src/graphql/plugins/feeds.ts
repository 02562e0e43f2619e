import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult, type GraphQLError } from "graphql";
import type { Logger } from "pino";
import type { Heads } from "../../events/heads.ts";
import { type Backend, Context } from "../context.ts";
import type { Source } from "../stream.ts";
import type { Batch, Feed, Message } from "./groups.ts";
import { maskError, writtenErrors } from "./mask.ts";
import { ENOUGH_MS, isPassing, persist } from "./patience.ts";
import type { Caller } from "./session.ts";

/** What a subscription's document makes of what happens. */
export interface SourceFeed extends Feed {
  source: Source;
  /** What it makes of something that the source says beside its rows. */
  tell(row: unknown): Promise<readonly Message[]>;
}

/** The feed of a subscription's document, or why there is none. `spend` hears the share of a full batch that each one was. */
export type OpenFeed = (args: ExecutionArgs, caller: Caller, spend: (share: number) => void) => Promise<SourceFeed | ExecutionResult>;

const BATCH = 100;
/** Events that one read looks at, of which the viewer may see few or none. */
const WINDOW = 5_000;

/** Reads and executes under the identity of a caller, a batch in one short snapshot. */
export function createFeeds(backend: Backend, heads: Heads, log: Logger): OpenFeed {
  const newContext = ({ viewer, requestId }: Caller) => new Context(backend, viewer, requestId, new Date());

  function mask({ data, errors }: ExecutionResult, { requestId }: Caller): ExecutionResult {
    return errors ? { data, errors: errors.map((error) => maskError(error, requestId, log) as GraphQLError) } : { data };
  }

  async function find(args: ExecutionArgs, caller: Caller): Promise<Source | ExecutionResult> {
    const context = newContext(caller);
    try {
      const stream = await createSourceEventStream({ ...args, contextValue: context });
      if (Symbol.asyncIterator in stream) return (await stream[Symbol.asyncIterator]().next()).value as Source;
      const passing = stream.errors!.find(isPassing);
      if (passing) throw passing;
      return mask(stream, caller);
    } finally {
      context.close();
    }
  }

  async function open(args: ExecutionArgs, caller: Caller): Promise<Source | ExecutionResult> {
    const found = persist(() => find(args, caller), AbortSignal.timeout(ENOUGH_MS));
    return found.catch((error: unknown) => mask({ errors: [error as GraphQLError] }, caller));
  }

  async function messagesOf(rows: readonly unknown[], args: ExecutionArgs, caller: Caller, context: Context): Promise<Message[]> {
    const results = await Promise.all(rows.map((rootValue) => execute({ ...args, rootValue, contextValue: context })));
    if (context.session.failure) throw context.session.failure;
    return results.map((each) => mask(each, caller)).map((result) => ({ result, text: JSON.stringify(result.errors ? { ...result, errors: writtenErrors(result.errors) } : result) }));
  }

  return async (args, caller, spend) => {
    const source = await open(args, caller);
    if (!("read" in source)) return source;

    const runOnce = async (after: number): Promise<Batch> => {
      const context = newContext(caller);
      const upTo = Math.min(heads.get(source.projectId), after + WINDOW);
      try {
        const rows = await context.read((db) => source.read(db, { after, upTo, first: BATCH }));
        spend(Math.max(rows.length, 1) / BATCH);
        const messages = await messagesOf(rows.map(({ row }) => row), args, caller, context);
        return { messages, cursor: rows.length === BATCH ? rows.at(-1)!.seq : upTo };
      } finally {
        context.close();
      }
    };

    return {
      source,
      next: (cursor, signal) => heads.past(source.projectId, cursor, signal, source.interest),
      run: (after, signal) => persist(() => runOnce(after), signal),
      async tell(row) {
        const context = newContext(caller);
        return messagesOf([row], args, caller, context).finally(() => context.close());
      },
    };
  };
}
