import type { AddressInfo } from "node:net";
import { type Client, type ClientOptions, createClient } from "graphql-ws";
import WebSocket from "ws";
import { createListener } from "../../src/graphql/plugins/listening.ts";
import type { Server } from "../../src/server.ts";
import type { Caller } from "./world.ts";

/** Puts a server on a port, as the program does. */
export async function listenOn(server: Server): Promise<{ url: string; close: () => Promise<void> }> {
  const listener = createListener(server);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
  };
  return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`, close };
}

/** A graphql-ws client of the caller. */
export function socketOf(url: string, caller: Pick<Caller, "token">, options: Partial<ClientOptions> = {}): Client {
  const connectionParams = { authorization: `Bearer ${caller.token}` };
  return createClient({ url: `${url.replace(/^http/, "ws")}/graphql`, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...options });
}

/** What a subscriber has got so far, and how it ended. */
export interface Inbox<T = any> {
  messages: T[];
  /** Waits until so many messages are there, 20 seconds at most. */
  has: (count: number) => Promise<T[]>;
  ended: Promise<unknown>;
  stop: () => void;
}

function inbox<T>(): { box: Omit<Inbox<T>, "stop">; take: (message: T) => void; end: (how: unknown) => void } {
  let end = (_: unknown) => {};
  const ended = new Promise<unknown>((resolve) => (end = resolve));
  const messages: T[] = [];
  const has = async (count: number) => {
    const end = Date.now() + 20_000;
    while (messages.length < count && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    if (messages.length < count) throw new Error(`${messages.length} messages instead of ${count}: ${JSON.stringify(messages).slice(0, 500)}`);
    return messages;
  };
  return { box: { messages, has, ended }, take: (message) => void messages.push(message), end };
}

/** Subscribes over a WebSocket. */
export function follow(client: Client, query: string, variables: Record<string, unknown>): Inbox {
  const { box, take, end } = inbox<any>();
  const stop = client.subscribe({ query, variables }, { next: take, error: end, complete: () => end("complete") });
  return { ...box, stop };
}

/** Subscribes by server-sent events. */
export function followEvents(url: string, caller: Pick<Caller, "token">, query: string, variables: Record<string, unknown>): Inbox {
  const { box, take, end } = inbox<any>();
  const stopping = new AbortController();
  const read = async () => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", authorization: `Bearer ${caller.token}` },
      body: JSON.stringify({ query, variables }),
      signal: stopping.signal,
    });
    let rest = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split("\n\n");
      rest = parts.pop()!;
      for (const part of parts) {
        const data = /^data: ?(.+)$/m.exec(part)?.[1];
        if (data) take(JSON.parse(data));
        if (/^event: complete/m.test(part)) return "complete";
      }
    }
    return "ended";
  };
  read().then(end, end);
  return { ...box, stop: () => stopping.abort() };
}
