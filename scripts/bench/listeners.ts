import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Whom to listen to, and what to ask. */
export interface Listening {
  port: number;
  token: string;
  query: string;
  variables: object;
  /** Sockets, with a subscription each. */
  count: number;
}

/** Clients in a process of their own. */
export interface Listeners {
  /** True once every socket has had a message: until then, events may have passed some of them by. */
  isReady: () => boolean;
  /** Resolves when every socket has so many messages behind the one that says START. */
  has: (count: number) => Promise<void>;
  /** When each message came to each socket, in ns of the machine's clock; and what the first socket's first message was. */
  report: () => Promise<{ arrivals: number[][]; first: string }>;
  stop: () => Promise<void>;
}

/** In the payload of the event from which on messages count. */
export const START = "start counting";

const HANDSHAKE = ["GET /graphql HTTP/1.1", "host: 127.0.0.1", "upgrade: websocket", "connection: upgrade", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version: 13", "sec-websocket-protocol: graphql-transport-ws", "", ""].join("\r\n");
/** Sockets that are opened at a time. */
const OPENING = 100;
/** Where what any socket has read is, until it is taken: the clients share the machine with the servers, and should take little of it. */
const READ = Buffer.alloc(65_536);
const NOTHING = Buffer.alloc(0);
const TEXT = 0x81;
const PING = 0x89;
const PONG = 0x8a;

/** Now, on the clock that all processes of a machine share, in ns. */
export const clock = () => Number(process.hrtime.bigint());

// A client's frame has a mask; that of zeros leaves the bytes as they are.
function frame(kind: number, payload: Buffer): Buffer {
  const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0xfe, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([Buffer.from([kind]), length, Buffer.alloc(4), payload]);
}

/** Hears each whole frame that the bytes hold; what is left. */
function eachFrame(bytes: Buffer, hear: (kind: number, payload: Buffer) => void): Buffer {
  for (;;) {
    const short = bytes.length < 2 ? 0 : bytes[1]! & 0x7f;
    const head = [2, 4, 10][Math.max(0, short - 125)]!;
    if (bytes.length < head) return bytes;
    const length = short < 126 ? short : bytes.readUIntBE(head === 4 ? 2 : 4, head === 4 ? 2 : 6);
    if (bytes.length < head + length) return bytes;
    hear(bytes[0]!, bytes.subarray(head, head + length));
    bytes = bytes.subarray(head + length);
  }
}

/** Subscribes on a socket of its own; hears what comes, and once that nothing will. */
export function openListener({ port, token, query, variables }: Omit<Listening, "count">, onMessage: (payload: Buffer) => void, onEnd: (error?: Error) => void, onOpen = () => {}): Socket {
  const onread = { buffer: READ, callback: (bytes: number) => (take(READ.subarray(0, bytes)), true) };
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread }, () => void socket.write(HANDSHAKE));
  const say = (message: object) => void socket.write(frame(TEXT, Buffer.from(JSON.stringify(message))));
  let rest = NOTHING;
  let isOpen = false;
  let isSubscribed = false;
  const hear = (kind: number, payload: Buffer) => {
    if (kind === PING) return void socket.write(frame(PONG, payload));
    if (kind !== TEXT) return void socket.destroy(new Error(`a socket was closed: ${payload.subarray(2).toString()}`));
    if (isSubscribed) return onMessage(payload);
    isSubscribed = true;
    onOpen();
    say({ id: crypto.randomUUID(), type: "subscribe", payload: { query, variables } });
  };
  // What is behind the server's answer to the handshake; the whole of it, until there is one.
  const pastHandshake = (bytes: Buffer): Buffer => {
    const end = bytes.indexOf("\r\n\r\n") + 4;
    isOpen = end >= 4;
    if (isOpen) say({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
    return isOpen ? bytes.subarray(end) : bytes;
  };
  const take = (chunk: Buffer) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!isOpen) bytes = pastHandshake(bytes);
    if (isOpen) bytes = eachFrame(bytes, hear);
    // The next bytes come to where these are.
    rest = bytes.length === 0 ? NOTHING : Buffer.from(bytes);
  };
  let failure: Error | undefined;
  socket.on("error", (error) => (failure = error));
  socket.once("close", () => onEnd(failure));
  return socket;
}

/** The process of the clients: says when each has heard something, when all have an event, and at the end when they got it. */
export async function listen(listening: Listening): Promise<void> {
  const arrivals: number[][] = [];
  let [open, ready] = [0, 0];
  let first = "";
  // Until all have what one has: whoever sends would pay for waking this process for each, as nobody does whose clients are elsewhere.
  const stayAwake = (mine: readonly number[]) => void (mine.length < listening.count && setImmediate(stayAwake, mine));
  for (let i = 0; i < listening.count; i += 1) {
    let heard = -2;
    const onMessage = (payload: Buffer) => {
      if (heard === -2 && (ready += 1) === listening.count) process.send!({ ready });
      if (heard < 0) heard = payload.includes(START) ? 0 : -1;
      else {
        first ||= payload.toString();
        const mine = (arrivals[heard++] ??= []);
        if (mine.length === 0) stayAwake(mine);
        if (mine.push(clock()) === listening.count) process.send!({ complete: heard });
      }
    };
    const onEnd = (error?: Error) => {
      throw error ?? new Error("a socket was lost");
    };
    openListener(listening, onMessage, onEnd, () => void (open += 1));
    while (i - open > OPENING) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  process.on("message", () => process.send!({ report: { arrivals, first } }));
  await once(process, "disconnect");
  process.exit();
}

/** Starts the clients. */
export function startListeners(listening: Listening): Listeners {
  const child = fork(process.argv[1]!, ["listen", JSON.stringify(listening)]);
  child.once("exit", (code) => code && process.exit(code));
  const told: { ready?: number; complete?: number; report?: { arrivals: number[][]; first: string } } = {};
  let wake = () => {};
  child.on("message", (message: typeof told) => {
    Object.assign(told, message);
    wake();
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return {
    isReady: () => told.ready !== undefined,
    has: (count) => until(() => (told.complete ?? 0) >= count),
    async report() {
      child.send("report");
      await until(() => told.report !== undefined);
      return told.report!;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}
