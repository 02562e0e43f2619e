import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Proxy {
  url: string;
  /** Times that the client spoke after the server had answered: one flight each, however many statements it holds. */
  flights: number;
  connections: number;
  /** While true, nothing passes either way and nothing ends. */
  isFrozen: boolean;
  /** Breaks the connection as soon as the server got this text. */
  breakAfter: string | undefined;
  close(): void;
}

/** A way to the database that counts flights, can hang, and can break at a chosen moment. */
export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const pairs: [Socket, Socket][] = [];
  let isFrozen = false;
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    proxy.connections += 1;
    let hasAnswered = true;
    pairs.push([client, upstream]);
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      socket.on("error", () => {});
      socket.on("close", () => !proxy.isFrozen && other.destroy());
    }
    client.on("data", (chunk) => {
      if (proxy.isFrozen) return;
      if (hasAnswered) proxy.flights += 1;
      hasAnswered = false;
      const isBreaking = proxy.breakAfter !== undefined && chunk.includes(proxy.breakAfter);
      upstream.write(chunk, () => isBreaking && client.destroy());
    });
    upstream.on("data", (chunk) => {
      hasAnswered = true;
      if (!proxy.isFrozen) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  const close = () => {
    server.close();
    for (const socket of pairs.flat()) socket.destroy();
  };
  const proxy: Proxy = {
    url: url.href, flights: 0, connections: 0, breakAfter: undefined, close,
    get isFrozen() {
      return isFrozen;
    },
    // Once there is a way again, whose other end is gone hears so, as from TCP's next sign of life.
    set isFrozen(value) {
      isFrozen = value;
      if (!value) for (const pair of pairs) if (pair.some(({ destroyed }) => destroyed)) for (const socket of pair) socket.destroy();
    },
  };
  return proxy;
}
