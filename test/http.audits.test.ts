import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServerAdapter } from "@whatwg-node/server";
import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
const urls = { short: "", yoga: "" };
const yoga = createServer();
beforeAll(async () => {
  world = await createWorld();
  urls.short = await world.listen();
  yoga.on("request", createServerAdapter(world.server.fetch));
  await new Promise<void>((resolve) => yoga.listen(0, "127.0.0.1", resolve));
  urls.yoga = `http://127.0.0.1:${(yoga.address() as AddressInfo).port}`;
});
afterAll(async () => {
  yoga.close();
  await world.close();
});

describe.each(["short", "yoga"] as const)("GraphQL over HTTP, as graphql-http audits it (%s)", (path) => {
  // Every request of the audits is that of somebody with a token.
  const fetchFn = (url: string, { headers, ...rest }: RequestInit = {}) => fetch(url, { ...rest, headers: { ...(headers as object), authorization: `Bearer ${world.admin.token}` } });
  const audits = serverAudits({ url: () => `${urls[path]}/graphql`, fetchFn });

  test("all 61 of them", () => expect(audits).toHaveLength(61));
  test.each(audits.map((audit) => [audit.name, audit] as const))("%s", async (_, audit) => {
    expect(await audit.fn()).toMatchObject({ status: "ok" });
  });
});
