import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** An API process that is started again whenever it has ended, as a supervisor of services does. */
export interface Supervised {
  /** Where it listens; waits while it doesn't, and throws when it is stopped, so that nobody waits for good. */
  address: () => Promise<string>;
  kill: () => void;
  /** How long after each end another one listened, in ms. */
  backMs: number[];
  stop: () => Promise<void>;
}

const LOOK_MS = 5;

/** Starts the process, which tells its port as a message, and keeps one up until it is stopped. */
export async function supervise(launch: () => ChildProcess): Promise<Supervised> {
  const backMs: number[] = [];
  let isStopping = false;
  let child: ChildProcess;
  let listening: string | null = null;

  function begin(endedAt: number | null): void {
    child = launch();
    child.once("message", ({ port }: { port: number }) => {
      if (endedAt !== null) backMs.push(performance.now() - endedAt);
      listening = `http://127.0.0.1:${port}`;
    });
    child.once("exit", () => {
      listening = null;
      if (!isStopping) begin(performance.now());
    });
  }

  async function address(): Promise<string> {
    while (!listening) {
      if (isStopping) throw new Error("the process is stopped");
      await sleep(LOOK_MS);
    }
    return listening;
  }

  begin(null);
  await address();
  return {
    address,
    kill() {
      listening = null;
      child.kill("SIGKILL");
    },
    backMs,
    async stop() {
      isStopping = true;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** What became of a request: its data, or that it may be sent again. */
export type Sent = { data: any; tookMs: number } | { data: null; tookMs: number; why: string };

const PATIENCE_MS = 15_000;
const PASSING = ["UNAVAILABLE", "DEADLINE_EXCEEDED"];

/** Sends a document once; throws on any answer that isn't one of an unlucky moment. */
export async function sendTo(address: string, token: string, query: string, variables: object = {}): Promise<Sent> {
  const begin = performance.now();
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const took = () => performance.now() - begin;
  let answer: { data: unknown; errors?: { message: string; extensions?: { code?: string } }[] };
  try {
    const response = await fetch(`${address}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }), signal: AbortSignal.timeout(PATIENCE_MS) });
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    return { data: null, tookMs: took(), why: `no answer: ${(error as Error).message}` };
  }
  const [first] = answer.errors ?? [];
  if (!first) return { data: answer.data, tookMs: took() };
  if (PASSING.includes(first.extensions?.code ?? "")) return { data: null, tookMs: took(), why: first.message };
  throw new Error(`${query}: ${JSON.stringify(answer.errors)}`);
}
