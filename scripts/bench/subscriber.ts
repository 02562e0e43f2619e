import { setTimeout as sleep } from "node:timers/promises";
import { encodeId } from "../../src/core/ids.ts";
import { openListener } from "./listeners.ts";

/** Whom somebody follows, and how. */
export interface Following {
  projectId: string;
  token: string;
  isOverSocket: boolean;
  /** Processes that are up. */
  ports: () => number[];
}

/** What somebody has got who follows a project from its first event, and connects again at random. */
export interface Box {
  count: () => number;
  /** When the last event came. */
  lastAt: () => number;
  connections: () => number;
  /** What was lost, repeated or turned round. */
  mistakes: string[];
  /** Stays connected from now on. */
  settle: () => void;
  stop: () => void;
}

const QUERY = `subscription ($projectId: ID!, $after: EventCursor) { projectEvents(projectId: $projectId, after: $after, types: ["project.noted"]) { cursor payload } }`;

interface Heard {
  cursor: string;
  payload: { writer: number; n: number };
}

interface Connection {
  ended: Promise<void>;
  close: () => void;
}

const TURNS = 5;

const seqOf = (cursor: string) => Number(Buffer.from(cursor, "base64url").toString().split(":")[1]);

function openStream(port: number, token: string, variables: object, hear: (payload: string) => void): Connection {
  const closing = new AbortController();
  const read = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: QUERY, variables }),
      signal: closing.signal,
    });
    let rest = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split("\n\n");
      rest = parts.pop()!;
      for (const part of parts) {
        const data = /^data: ?(.+)$/m.exec(part)?.[1];
        if (data) hear(data);
      }
    }
  };
  return { ended: read().catch(() => {}), close: () => closing.abort() };
}

function openSocket(port: number, token: string, variables: object, hear: (payload: string) => void): Connection {
  let close = () => {};
  const ended = new Promise<void>((resolve) => {
    const socket = openListener({ port, token, query: QUERY, variables }, (frame) => hear(frame.toString()), () => resolve());
    close = () => void socket.destroy();
  });
  return { ended, close };
}

/** Follows from the first event on, from whichever process, for half a second to three at a time, or until something comes. */
export function subscribe({ projectId, token, isOverSocket, ports }: Following): Box {
  const mistakes: string[] = [];
  const nextOf = new Map<number, number>();
  const opaque = encodeId("Project", { projectId: null, id: projectId });
  let cursor = Buffer.from(`${projectId}:0`).toString("base64url");
  let [count, lastAt, connections] = [0, 0, 0];
  let isStopped = false;
  let isSettled = false;
  let current: Connection | undefined;

  function take({ cursor: next, payload: { writer, n } }: Heard): void {
    const expected = nextOf.get(writer) ?? 0;
    if (n !== expected) mistakes.push(`event ${n} of writer ${writer} in place of ${expected}`);
    if (seqOf(next) <= seqOf(cursor)) mistakes.push(`event ${seqOf(next)} of the project behind ${seqOf(cursor)}`);
    nextOf.set(writer, n + 1);
    cursor = next;
    count += 1;
    lastAt = performance.now();
  }

  async function once(port: number): Promise<void> {
    let isOpen = true;
    const hear = (text: string) => {
      const message = JSON.parse(text) as { type?: string; payload?: { data?: { projectEvents: Heard } }; data?: { projectEvents: Heard } };
      const heard = (message.payload ?? message).data?.projectEvents;
      if (isOpen && heard) take(heard);
    };
    const variables = { projectId: opaque, after: cursor };
    current = (isOverSocket ? openSocket : openStream)(port, token, variables, hear);
    connections += 1;
    const before = count;
    for (let turn = 0; turn < TURNS && (turn === 0 || count === before); turn += 1) await Promise.race([current.ended, sleep(500 + Math.random() * 2_500)]);
    if (isSettled) await current.ended;
    isOpen = false;
    current.close();
  }

  void (async () => {
    while (!isStopped) {
      const open = ports();
      if (open.length > 0) await once(open[Math.floor(Math.random() * open.length)]!);
      await sleep(Math.random() * 100);
    }
  })();
  return {
    count: () => count,
    lastAt: () => lastAt,
    connections: () => connections,
    mistakes,
    settle: () => (isSettled = true),
    stop: () => {
      isStopped = true;
      current?.close();
    },
  };
}
