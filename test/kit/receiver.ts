import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** What a receiver was sent, once its signature was found right. */
export interface Received {
  id: string;
  type: string;
  data: any;
}

/** A receiver of webhooks: an HTTP server that verifies what it is sent, and answers as the test says. */
export async function startReceiver() {
  const received: Received[] = [];
  let requests = 0;
  let refused = 0;
  const receiver = {
    url: "",
    received,
    secrets: [] as string[],
    /** The status of the next answer by how many requests came before; 0 hangs up, null never answers. */
    answer: (_: number): number | null => 204,
    /** How long every answer takes. */
    delayMs: 0,
    get requests() {
      return requests;
    },
    /** Requests that no secret verifies. */
    get refused() {
      return refused;
    },
    /** Each event once, in the order of first arrival: repeats have the same id. */
    once: () => [...new Map(received.map((each) => [each.id, each])).values()],
    close: () => new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const status = receiver.answer(requests++);
      const isRight = receiver.secrets.some((secret) => {
        try {
          new Webhook(secret).verify(body, request.headers as Record<string, string>);
          return true;
        } catch {
          return false;
        }
      });
      if (!isRight) refused += 1;
      if (status === null) return;
      if (status === 0) return void request.socket.destroy();
      if (isRight && status >= 200 && status < 300) received.push({ id: request.headers["webhook-id"] as string, ...JSON.parse(body) });
      setTimeout(() => response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end(), receiver.delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  return receiver;
}
