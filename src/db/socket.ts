import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const CONNECT_SECONDS = 5;
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const SSL_ACCEPTED = 83; // S
/** Modes that don't check the server's certificate; all others do. */
const UNVERIFIED = ["allow", "prefer", "require"];

export interface Address {
  host: string[];
  port: number[];
}

function reached(socket: Socket, event: "connect" | "data" | "secureConnect"): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve).once("error", reject).once("close", () => reject(new Error("the server hung up while connecting")));
  });
}

/** How a database URL wants TLS: its `sslmode`, or `ssl` for short; nothing said is `disable`. */
export function sslModeOf(url: string): string {
  const mode = /[?&]ssl(?:mode)?=([a-z-]+)/.exec(url)?.[1] ?? "disable";
  return mode === "false" ? "disable" : mode;
}

/** Whether anything at that address speaks PostgreSQL's protocol within this time: asked for TLS, every server has an answer. */
export async function isAnswering(address: Address, withinMs: number): Promise<boolean> {
  const socket = connect({ host: address.host[0]!, port: address.port[0]!, noDelay: true });
  socket.setTimeout(withinMs, () => socket.destroy());
  try {
    await reached(socket, "connect");
    socket.write(SSL_REQUEST);
    await reached(socket, "data");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * Opens the stream to the server, through TLS if asked; `hold` gets whatever can be destroyed at that moment. The driver is not left to
 * wrap the socket itself: what it writes to a TLS stream whose socket was destroyed beneath it ends the process.
 */
export async function dial(address: Address, sslMode: string, hold: (socket: Socket) => void): Promise<Socket> {
  const host = address.host[0]!;
  const socket = connect({ host, port: address.port[0]!, noDelay: true });
  hold(socket);
  socket.setTimeout(CONNECT_SECONDS * 1000, () => socket.destroy(new Error(`no connection in ${CONNECT_SECONDS} s`)));
  await reached(socket, "connect");
  let stream: Socket = socket;
  if (sslMode !== "disable") {
    socket.write(SSL_REQUEST);
    const answer = (await reached(socket, "data")) as Buffer;
    if (answer[0] === SSL_ACCEPTED) {
      stream = connectTls({ socket, host, servername: isIP(host) ? "" : host, rejectUnauthorized: !UNVERIFIED.includes(sslMode) });
      hold(stream);
      await reached(stream, "secureConnect");
    } else if (sslMode !== "prefer" && sslMode !== "allow") {
      socket.destroy();
      throw new Error("the server offers no TLS");
    }
  }
  socket.setTimeout(0);
  return stream;
}
