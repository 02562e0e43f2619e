import fc from "fast-check";
import type { GraphQLField } from "graphql";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { schema } from "../src/schema.ts";
import { LEAK, sheets, type Shot, shots } from "./kit/fuzz.ts";
import { openWalks, WALKERS, type Walker, type Walks } from "./kit/walkers.ts";

/** As long as CI has; a night's worth by the environment. */
const SECONDS = Number(process.env.ASSAY_FUZZ_SECONDS ?? 12);
const SEED = Number(process.env.ASSAY_FUZZ_SEED ?? Date.now() % 1_000_000);

let walks: Walks;
const unhandled: unknown[] = [];
const hear = (error: unknown) => void unhandled.push(error);
beforeAll(async () => {
  walks = await openWalks();
});
beforeEach(() => void process.on("unhandledRejection", hear));
afterEach(() => {
  process.off("unhandledRejection", hear);
  expect(unhandled).toEqual([]);
});
afterAll(() => walks.world.close());

const leakIn = (text: string, sent: string) => {
  const [leak] = LEAK.exec(text) ?? [];
  return leak && !sent.includes(leak) ? `leak ${leak}` : null;
};

const roots = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type, i) =>
  Object.values(type.getFields()).map((field) => ({ field: field as GraphQLField<unknown, unknown>, kind: (["query", "mutation"] as const)[i]! })));

// Nothing of the server's may stand in an error; what the caller sent may, and comes back in data.
function wrongIn(status: number, text: string, sent: string): string | null {
  if (status >= 500) return `status ${status}`;
  const { errors = [] } = JSON.parse(text) as { errors?: { message: string; extensions?: { code?: string } }[] };
  for (const { message, extensions } of errors) {
    if (extensions?.code === "INTERNAL" || extensions?.code === undefined) return `code ${extensions?.code}`;
    const leak = leakIn(message, sent);
    if (leak) return leak;
  }
  return null;
}

test(`${SECONDS} s of documents at random end without a 5xx, a bug or a leak (seed ${SEED})`, async () => {
  const told = Object.values(walks.views.admin).flat().filter(({ table }) => walks.types.has(table));
  const write = shots(schema, told.map((row) => ({ type: walks.types.get(row.table)!, id: walks.idOf(row) })));
  const walkers = Object.keys(WALKERS) as Walker[];
  const seen = { answered: 0, refused: 0 };
  const until = Date.now() + SECONDS * 1_000;
  let [round, sent] = [0, 0];
  while (Date.now() < until) {
    const shotsNow = roots.map(({ field, kind }, i) => fc.sample(write(field, kind), { numRuns: 1, seed: SEED + round * roots.length + i })[0]!);
    for (let i = 0; i < shotsNow.length && (round === 0 || Date.now() < until); i += 8) {
      await Promise.all(shotsNow.slice(i, i + 8).map(async ({ query, variables }: Shot, k) => {
        const walker = walkers[(round + i + k) % walkers.length]!;
        const response = await walks.respond(walker, query, {}, { variables });
        const text = await response.text();
        const wrong = wrongIn(response.status, text, query + JSON.stringify(variables));
        if (wrong) throw new Error(`${wrong}: ${walker} sends ${query} with ${JSON.stringify(variables)} and gets ${response.status} ${text.slice(0, 600)}`);
        seen[text.startsWith('{"data":{') || text.includes('"data":{') ? "answered" : "refused"] += 1;
        sent += 1;
      }));
    }
    round += 1;
  }
  // Had everything been refused, or every root field not had its turn, nothing would have been tested.
  expect(sent).toBeGreaterThanOrEqual(roots.length);
  expect(seen.answered).toBeGreaterThan(sent / 20);
  expect(seen.refused).toBeGreaterThan(0);
}, SECONDS * 1_000 + 60_000);

const uploads = fc.record({
  kind: fc.constantFrom("decisions", "gold", "audits"),
  options: fc.array(fc.constantFrom("content=text", "policy=label", "labeler=labeler", "set=vendor=V1", "set=queue=Q1", "key=ref", "start=2026-03-01T00:00:00Z", "decided-at=decidedAt", "dry-run=true",
    "decision=ref", "truth=label", "set=queue", "label=x", "none=1", "every=0s")).map((given) => ["project=P1", "on-error=skip", ...given].map((each) => each.replace("=", "\n").split("\n") as [string, string])),
  sheet: sheets,
});
const bodies = fc.oneof(fc.uint8Array({ maxLength: 2_000 }), fc.json(), fc.webQueryParameters(), fc.string({ maxLength: 500, unit: "binary" }).map((query) => JSON.stringify({ query, variables: query, operationName: 1 })));
const paths = fc.constantFrom("/graphql", "/oauth/token", "/schema.graphql", "/readyz", "/exports/x", "/.well-known/jwks.json", "/import/none", "/%00", "//");
const types = fc.constantFrom("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/graphql", "application/json; charset=utf-16", "");

test("uploads and bodies at random end without a 5xx, a bug or a leak", async () => {
  const send = async (path: string, method: string, type: string, body: string | Uint8Array) => {
    const headers = { authorization: `Bearer ${walks.world.admin.token}`, ...(type ? { "content-type": type } : {}) };
    const response = await walks.world.server.fetch(new Request(`http://assay.test${path}`, { method, headers, ...(method === "POST" ? { body: body as BodyInit } : {}) }));
    const text = await response.text();
    const wrong = response.status >= 500 ? `status ${response.status}` : /"code":"INTERNAL"/.test(text) ? "a bug" : path === "/schema.graphql" || path.startsWith("/.well") ? null : leakIn(text, `${path} ${body}`);
    if (wrong) throw new Error(`${wrong}: ${method} ${path} of ${type}: ${text.slice(0, 600)}`);
    return response.status;
  };
  const statuses = new Set<number>();
  const upload = fc.asyncProperty(uploads, async ({ kind, options, sheet }) => void statuses.add(await send(`/import/${kind}?${new URLSearchParams(options)}`, "POST", sheet.type, sheet.body)));
  await fc.assert(upload, { numRuns: SECONDS * 15, seed: SEED });
  const raw = fc.asyncProperty(paths, fc.constantFrom("POST", "GET", "PUT"), types, bodies, async (...shot) => void statuses.add(await send(...shot)));
  await fc.assert(raw, { numRuns: SECONDS * 15, seed: SEED });
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404, 405, 415]));
}, SECONDS * 1_000 + 60_000);
