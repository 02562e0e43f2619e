import { createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { post } from "../src/webhooks/post.service.ts";

// A server that answers every connection's first bytes with these.
async function answering(text: string): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.write(text)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`, server };
}

test.each([
  ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
  ["nonsense", "hello\r\n\r\n"],
])("%s for an answer is a failure at once, not a wait without end", async (_, text) => {
  const { url, server } = await answering(text);
  const waited = new Promise<null>((resolve) => setTimeout(resolve, 3_000, null));
  expect(await Promise.race([post(url, {}, "{}", true), waited])).toMatchObject({ status: null, error: expect.stringMatching(/./) });
  server.close();
});

test("a refused connection is told of in words, whatever the name leads to", async () => {
  expect(await post("http://localhost:1/", {}, "{}", true)).toMatchObject({ status: null, error: expect.stringMatching(/ECONNREFUSED/) });
});

test("no private address is reached, by number or by name", async () => {
  for (const url of ["http://127.0.0.1:1/", "http://[::1]:1/", "http://[::ffff:127.0.0.1]:1/", "http://localhost:1/"]) {
    expect(await post(url, {}, "{}", false)).toMatchObject({ status: null, error: expect.stringMatching(/private network/) });
  }
});
