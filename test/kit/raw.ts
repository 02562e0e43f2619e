import { connect } from "node:net";
import WebSocket from "ws";

/** What came back on a connection of its own. */
export interface Told {
  /** 0 if the connection ended without an answer. */
  status: number;
  text: string;
  ms: number;
}

/** Sends bytes as they are, piece by piece if it is given more than one, a pause between; what comes back until the answer is whole or the connection ends. */
export function exchangeRaw(url: string, pieces: readonly (string | Buffer)[], { everyMs = 0, patienceMs = 25_000 } = {}): Promise<Told> {
  const { port, hostname } = new URL(url);
  const begun = performance.now();
  return new Promise((resolve) => {
    let text = "";
    let sent = 0;
    const socket = connect(Number(port), hostname);
    const finish = () => {
      clearInterval(timer);
      clearTimeout(patience);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text, ms: performance.now() - begun });
    };
    const send = () => {
      if (sent < pieces.length && socket.writable) socket.write(pieces[sent++]!);
    };
    socket.on("connect", () => {
      send();
      if (everyMs === 0) while (sent < pieces.length) send();
    });
    const timer = setInterval(send, everyMs || 1_000);
    const patience = setTimeout(finish, patienceMs);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      text += data.toString("latin1");
      const [head, body] = text.split("\r\n\r\n", 2);
      const length = /content-length: (\d+)/i.exec(head!)?.[1];
      const isWhole = length === undefined ? text.endsWith("\r\n0\r\n\r\n") : body !== undefined && body.length >= Number(length);
      if (isWhole) finish();
    });
    socket.on("close", finish);
  });
}

/** A head of HTTP/1.1, with the token if one is given, up to its empty line. */
export function headOf(first: string, headers: Record<string, string>, token?: string): string {
  const all = { host: "assay", ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers };
  return `${[first, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;
}

/** A WebSocket that notes what comes, with the close of it. */
export interface RawSocket {
  socket: WebSocket;
  messages: any[];
  say: (message: unknown) => void;
  has: (count: number) => Promise<any[]>;
  closed: Promise<{ code: number; reason: string }>;
}

/** Opens one; with a token it is acknowledged. */
export async function openRaw(url: string, token?: string, { protocol = "graphql-transport-ws", headers = {} }: { protocol?: string; headers?: Record<string, string> } = {}): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, protocol, { headers, skipUTF8Validation: true, autoPong: false });
  const messages: any[] = [];
  socket.on("error", () => {});
  socket.on("ping", () => socket.pong());
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })));
  const opened = new Promise<void>((resolve) => socket.once("open", resolve));
  const say = (message: unknown) => void (socket.readyState === socket.OPEN && socket.send(typeof message === "string" ? message : JSON.stringify(message)));
  const has = async (count: number) => {
    const end = Date.now() + 20_000;
    while (messages.length < count && Date.now() < end && socket.readyState === socket.OPEN) await new Promise((resolve) => setTimeout(resolve, 5));
    return messages;
  };
  await Promise.race([opened, closed]);
  if (token) {
    say({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
    await has(1);
  }
  return { socket, messages, say, has, closed };
}
