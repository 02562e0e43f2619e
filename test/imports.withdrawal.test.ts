import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject } from "./kit/factories.ts";
import { idOf } from "./kit/oauth.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

/** Rows that are written together. */
const BATCH = 4_000;
/** A second is what is wanted, a slow machine may take more; by itself it would be held for hours. */
const AT_MOST_MS = 3_000;

let world: World;
let url: string;
beforeAll(async () => {
  world = await createWorld();
  url = await world.listen();
});
afterAll(() => world.close());

const grantOf = async ({ principalId }: Caller) => idOf("RoleGrant", (await world.sql`select id from role_grants where principal_id = ${principalId}`)[0]!.id);
const keyOf = async ({ principalId }: Caller) => idOf("ApiClient", (await world.sql`select id from api_clients where principal_id = ${principalId}`)[0]!.id);
const WAYS: Record<string, (who: Caller) => Promise<unknown>> = {
  "a grant": async (who) => world.admin.verb("revokeGrant", { grantId: await grantOf(who) }, "__typename"),
  "a key": async (who) => world.admin.verb("revokeApiClient", { apiClientId: await keyOf(who), reason: "It is over." }, "__typename"),
};

/** Somebody whose upload is held open behind so many rows, and what is stored of it. */
async function hold(rows: number) {
  const project = await makeProject(world.sql);
  const { projectId } = project;
  const [labeler] = await world.sql`select external_ref from labelers where id = ${project.vendors[0]!.labelerIds[0]!}`;
  const who = await world.caller({ role: "SERVICE", projectId, scopes: ["decisions:write"] });
  const lines = Array.from({ length: rows }, (_, i) => `${labeler!.external_ref},NV,item-${i}`);
  const query = new URLSearchParams({ project: project.projectCode, labeler: "who", policy: "label", content: "item", start: "2026-03-01T00:00:00Z" });
  for (const set of [`vendor=${project.vendors[0]!.code}`, "queue=Q1"]) query.append("set", set);
  const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode(`who,label,item\n${lines.join("\n")}\n`)) });
  const headers = { "content-type": "text/csv", authorization: `Bearer ${who.token}` };
  const upload = fetch(`${url}/import/decisions?${query}`, { method: "POST", headers, body, duplex: "half" } as RequestInit);
  return { who, upload, stored: async () => (await world.sql`select count(*)::int as rows from decisions where project_id = ${projectId}`)[0]!.rows as number };
}

test.each(Object.keys(WAYS))("an upload held open ends when %s is withdrawn: it says how far it came, and writes nothing of what is unfinished", async (way) => {
  const { who, upload, stored } = await hold(BATCH + 500);
  await expect.poll(stored, { timeout: 10_000 }).toBe(BATCH);
  const from = performance.now();
  await WAYS[way]!(who);
  const answer = await upload;
  expect(performance.now() - from).toBeLessThan(AT_MOST_MS);
  expect([answer.status, await answer.json()]).toMatchObject([403, { rows: BATCH, recorded: BATCH, isComplete: false, error: { code: "FORBIDDEN" } }]);
  expect(await stored()).toBe(BATCH);
});

test("one that has written nothing yet is refused as a whole, and the log has why", async () => {
  const { who, upload, stored } = await hold(10);
  await expect.poll(async () => (await world.sql`select 1 from budget_leases where principal_id = ${who.principalId}`).length, { timeout: 5_000 }).toBe(1);
  await WAYS["a key"]!(who);
  const answer = await upload;
  expect([answer.status, ((await answer.json()) as any).error.code, await stored()]).toEqual([403, "FORBIDDEN", 0]);
  const logged = await world.sql`select outcome, code from access_log where principal_id = ${who.principalId} and transport = 'UPLOAD'`;
  expect(logged).toMatchObject([{ outcome: "REFUSED", code: "FORBIDDEN" }]);
});
