import { type DocumentNode, type ExecutionArgs, type ExecutionResult, getOperationAST, GraphQLError, visit } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import { comerOf, type Viewer } from "../../core/viewer.ts";
import type { Reader } from "../../events/reader.ts";
import type { Backend } from "../context.ts";
import { type Outlet, pull, push } from "./delivery.ts";
import { createFeeds, type SourceFeed } from "./feeds.ts";
import { type Batch, createGroups } from "./groups.ts";
import { type Admit, costShown, unrun } from "./limits.admission.ts";
import { maskError } from "./mask.ts";
import { ENOUGH_MS, persist } from "./patience.ts";
import type { Quota } from "./quotas.ts";
import type { Caller } from "./session.ts";
import { variablesOf } from "./variables.ts";

/** Who subscribes, and over what. */
export interface Subscriber extends Caller {
  /** Absent where answers are pulled. */
  outlet?: Outlet;
  /** Parts from a client that takes nothing; absent where there is no connection. */
  hangUp?: () => void;
}

export interface LiveOptions {
  backend: Backend;
  reader: Reader;
  admit: Admit;
  /** The streams and sockets that a principal may have. */
  quota: Quota;
  log: Logger;
}

const STOPPING = new GraphQLError("The server is stopping; connect again and give the last cursor as after.", { extensions: { code: "UNAVAILABLE" } });

const TOO_MANY = "Too many streams and sockets of one principal: end some, or send more subscriptions over one socket.";

type Answers = AsyncGenerator<ExecutionResult, void, void>;

/** Runs subscriptions. */
export interface Live {
  subscribe(args: ExecutionArgs, subscriber: Subscriber): Promise<Answers | ExecutionResult>;
  /** Ends every subscription, telling that the server stops. */
  close(): void;
}

// Rights and all that field masks look at; the principal is part of it, so nothing is shared between two.
function scopeOf({ scopes, expiresAt: _, ...viewer }: Viewer): unknown {
  return { ...viewer, scopes: scopes && [...scopes] };
}

// The variable that says where to begin, if it says nothing else: who connects again with a cursor belongs to the others all the same.
function startVariable(document: DocumentNode, operationName?: string | null): string | null {
  const [root] = getOperationAST(document, operationName)!.selectionSet.selections;
  const value = root?.kind === "Field" ? root.arguments?.find(({ name }) => name.value === "after")?.value : null;
  if (value?.kind !== "Variable") return null;
  let uses = 0;
  visit(document, { Variable: ({ name }) => void (uses += Number(name.value === value.name.value)) });
  // Once where it is declared, once where it is given.
  return uses === 2 ? value.name.value : null;
}

function keyOf({ document, operationName, variableValues }: ExecutionArgs, { viewer }: Caller): string {
  const start = startVariable(document, operationName);
  const variables = Object.entries(variablesOf(getOperationAST(document, operationName)!, variableValues)).filter(([name]) => name !== start);
  return JSON.stringify([document.loc?.source.body, operationName, variables, scopeOf(viewer)]);
}

/**
 * Everybody of a group who has all that there is gets what comes next from one read, one execution and one text, each by one write. Who
 * doesn't take it at once goes on alone from where they are, each message when the last is taken: a stalled one holds one batch, harms
 * nobody, and comes back to the group by itself. Every batch is read and executed in one short snapshot under the viewers' identity.
 */
export function createLive({ backend, reader: { heads, started, replayStart }, admit, quota, log }: LiveOptions): Live {
  const join = createGroups();
  const openFeed = createFeeds(backend, heads, log);
  const endings = new Set<AbortController>();

  // What is told before anything is read, and the cursor to read from.
  async function begin({ source, tell }: SourceFeed, head: number): Promise<Batch> {
    if (source.after === null) return { messages: [], cursor: head };
    const start = await persist(() => replayStart(source.projectId), AbortSignal.timeout(ENOUGH_MS));
    if (source.after >= start.lostTo) return { messages: [], cursor: source.after };
    return { messages: await tell(source.gap(source.after, start)), cursor: start.lostTo };
  }

  return {
    async subscribe(args, subscriber) {
      await started;
      const admission = await admit(args, subscriber);
      if (admission.refusal || subscriber.isDryRun) return unrun(admission);
      const feed = await openFeed(args, subscriber, admission.again);
      if (!("run" in feed)) return feed;
      const key = keyOf(args, subscriber);
      // Over a socket it has the socket's place.
      const giveBack = subscriber.outlet ? () => {} : quota(comerOf(subscriber.viewer));
      if (!giveBack) return { errors: [new GraphQLError(TOO_MANY, { extensions: { code: "TOO_MANY_STREAMS", http: { status: 429 } } })] };
      const head = heads.get(feed.source.projectId);
      const group = join(key, feed);
      const ending = new AbortController();
      const { signal } = ending;
      endings.add(ending);
      const unwatch = subscriber.watch?.((reason) => ending.abort(reason));
      let unhear: (() => void) | undefined;
      const leave = () => {
        if (!endings.delete(ending)) return;
        ending.abort(null);
        unwatch?.();
        unhear?.();
        giveBack();
        group.leave();
      };
      const hangUp = () => {
        log.info({ requestId: subscriber.requestId, principalId: subscriber.viewer.principalId }, "a subscriber took nothing and is parted from");
        subscriber.hangUp?.();
        leave();
      };
      const answers = (async function* (): Answers {
        try {
          const subscription = { group, feed, hangUp, signal };
          const first = await begin(feed, head);
          if (subscriber.outlet) await push(first, subscriber.outlet, heads, subscription);
          else yield* pull(first, heads, subscription);
          if (signal.reason) throw signal.reason;
        } catch (error) {
          yield { errors: [maskError(error, subscriber.requestId, log) as GraphQLError] };
        } finally {
          leave();
        }
      })();
      // A generator that waits hears of its end only afterwards; so its wait is ended first.
      const end = <T>(answer: T): T => {
        leave();
        return answer;
      };
      const stoppable: Answers & Pick<ExecutionResult, "extensions"> = {
        extensions: costShown(admission),
        next: () => answers.next(),
        return: () => end(answers.return()),
        throw: (error) => end(answers.throw(error)),
        [Symbol.asyncIterator]: () => stoppable,
      };
      // Nobody need ever have asked for the first message.
      unhear = subscriber.onGone?.(() => void stoppable.return());
      return stoppable;
    },
    close() {
      for (const ending of endings) ending.abort(STOPPING);
    },
  };
}

// Written on the request, since whoever passes the answers on makes others of them.
const HEADERS = Symbol("headers");
const ANSWERS = Symbol("answers");
type Noted = Request & { [HEADERS]?: Readonly<Record<string, string>>; [ANSWERS]?: Answers };

/** The Yoga plugin of `createLive`. A stream's head tells the budget too. */
export function useLive(live: Live): Plugin<Caller> {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const subscriber = args.contextValue as Subscriber & { request?: Noted };
        const answers = await live.subscribe(args, subscriber);
        const { http } = ((answers as ExecutionResult).extensions ?? {}) as { http?: { headers: Noted[typeof HEADERS] } };
        if (subscriber.request && http) subscriber.request[HEADERS] = http.headers;
        if (subscriber.request && "next" in answers) subscriber.request[ANSWERS] = answers;
        return answers;
      });
    },
    onResponse({ request, response }) {
      // Who doesn't take streams is told so when the stream is there already.
      if (!response.ok) void (request as Noted)[ANSWERS]?.return();
      for (const [name, value] of Object.entries((request as Noted)[HEADERS] ?? {})) response.headers.set(name, value);
    },
  };
}
