import { readdirSync, readFileSync } from "node:fs";
import { type DocumentNode, GraphQLError, isObjectType, Kind, parse, validate } from "graphql";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../src/core/limits.ts";
import { SYSTEM_VIEWER } from "../src/core/viewer.ts";
import { isOverrun } from "../src/db/failures.ts";
import type { ReadSession } from "../src/db/session.ts";
import { type Backend, Context } from "../src/graphql/context.ts";
import { costOf } from "../src/graphql/plugins/limits.cost.ts";
import { excessesOf } from "../src/graphql/plugins/limits.documents.ts";
import { WEIGHTS } from "../src/graphql/plugins/limits.weights.ts";
import { schema } from "../src/schema.ts";

const times = (text: string, count: number) => text.repeat(count);
const each = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join(" ");
const operationsOf = (document: DocumentNode) => document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);

/** Documents of up to 2,000 tokens that a careless check would take long for. */
const WORST: Record<string, string> = {
  "the same object again and again": `{ ${times("viewer { role } ", 490)} }`,
  "the same leaf again and again": `{ viewer { ${times("role ", 1_990)} } }`,
  "the same objects in the same objects": `{ ${times(`projects { nodes { ${times("queues { nodes { code } } ", 8)} } } `, 26)} }`,
  "fragments beside each other": `{ ${each(150, (i) => `...f${i}`)} } ${each(150, (i) => `fragment f${i} on Query { viewer { role } }`)}`,
  "a chain of fragments, each spread twice": `{ ...f0 } ${each(130, (i) => `fragment f${i} on Query { viewer { role } ...f${i + 1} ...f${i + 1} }`)} fragment f130 on Query { viewer { role } }`,
  "fragments that spread all later ones": `{ ...f0 } ${each(28, (i) => `fragment f${i} on Query { viewer { role } ${each(28 - i, (j) => `...f${i + j + 1}`)} }`)} fragment f28 on Query { viewer { role } }`,
  "fragments in ever deeper fields": `{ projects { nodes { ...f0 } } } ${each(14, (i) => `fragment f${i} on Project { ${times(`queues { nodes { project { ...f${i + 1} } } } `, 11)} code }`)} fragment f14 on Project { code }`,
  "fragments in rings": `{ projects { nodes { ...f0 } } } ${each(14, (i) => `fragment f${i} on Project { ${times(`queues { nodes { project { ...f${(i + 1) % 14} ...f${(i + 3) % 14} } } } `, 9)} code }`)}`,
  "names that nothing has": `{ ${each(1_980, (i) => `projects${"x".repeat(30)}${i}`)} }`,
  "the same name for different fields": `{ viewer { ${each(600, (i) => `a: ${i % 2 ? "role" : "scopes"}`)} } }`,
  "operations that spread a chain of fragments": `${each(120, (i) => `query q${i} { ...f0 }`)} ${each(120, (i) => `fragment f${i} on Query { ...f${i + 1} }`)} fragment f120 on Query { viewer { role } }`,
  "to-one relations in rings": `{ audits { nodes { ...f0 } } } ${each(12, (i) => `fragment f${i} on Audit { ${each(10, (j) => `a${j}: sample { audits { nodes { ...f${i + 1} } } }`)} }`)} fragment f12 on Audit { id }`,
  "deep lists in values": `{ nodes(ids: ${times("[", 900)}${times("]", 900)}) { id } }`,
};

test.each(Object.entries(WORST))("a document is checked in less than 100 ms of computing: %s", (_, text) => {
  const check = () => {
    const before = process.cpuUsage();
    const document = parse(text, { maxTokens: LIMITS.tokens });
    if (excessesOf(document).length === 0 && validate(schema, document).length === 0) for (const one of operationsOf(document)) costOf(schema, document, one);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  // The first time it is the compiler's time as well.
  expect(Math.min(check(), check(), check())).toBeLessThan(100);
});

describe("what an operation may cost", () => {
  test("is enough for each of schema/operations", () => {
    for (const file of readdirSync("schema/operations")) {
      const document = parse(readFileSync(`schema/operations/${file}`, "utf8"), { maxTokens: LIMITS.tokens });
      expect(excessesOf(document)).toEqual([]);
      for (const one of operationsOf(document)) expect(costOf(schema, document, one).cost, one.name?.value).toBeLessThan(LIMITS.cost / 4);
    }
  });

  test("is enough for lists in lists: 10 projects, 5 queues of each, 10 audits of each with what belongs to them", () => {
    const document = parse(`query ($first: Int!) { projects(first: $first) { nodes { code queues(first: 5) { nodes { code market { code }
      audits(first: 10) { nodes { id decision { decidedAt labeler { pseudonym } policy { code } } } } } } } } }`);
    expect(costOf(schema, document, operationsOf(document)[0]!, { first: 10 }).cost).toBe(1 + 10 * (1 + 5 * (2 + 10 * 4)));
  });

  test.each([[null, 20], ["7", 20], [-1, 20], [1e9, 10_000], [Number.NaN, 20], [[], 20]])("takes a page of %s, whatever becomes of it, for %i", (first, rows) => {
    const document = parse("query ($first: Int) { queues(first: $first) { nodes { code } } }");
    expect(costOf(schema, document, operationsOf(document)[0]!, { first }).nodes).toBe(rows);
  });

  test("weighs fields that there are", () => {
    const fields = Object.values(schema.getTypeMap()).filter(isObjectType).flatMap((type) => Object.keys(type.getFields()).map((name) => `${type.name}.${name}`));
    expect(Object.keys(WEIGHTS).filter((name) => !fields.includes(name))).toEqual([]);
  });
});

describe("an operation that has taken its time", () => {
  afterEach(() => void vi.restoreAllMocks());
  const session = { run: (work: (db: never) => unknown) => work(undefined as never), close: () => {} } as unknown as ReadSession;
  const given: (number | undefined)[] = [];
  const backend = {
    openRead: () => session,
    reads: (work: (db: never) => Promise<unknown>, timeoutMs?: number) => (given.push(timeoutMs), work(undefined as never)),
    perform: async () => "done",
  } as unknown as Backend;
  const begin = () => new Context(backend, SYSTEM_VIEWER, "r", new Date());
  const pass = (seconds: number) => {
    const now = performance.now() + seconds * 1_000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
  };

  test("reads nothing more for what it computes; what it reads until then has the time that is left", async () => {
    const context = begin();
    const read = () => context.compute((reads) => reads(async () => 1));
    pass(LIMITS.seconds - 3);
    expect(await read()).toBe(1);
    expect(given.at(-1)).toBeGreaterThan(2_000);
    expect(given.at(-1)).toBeLessThanOrEqual(3_000);
    pass(3);
    expect(isOverrun(await read().catch((error: unknown) => error))).toBe(true);
    expect(given).toHaveLength(1);
  });

  test("begins no other verb", async () => {
    const context = begin();
    expect(await context.perform("verb", {}, async () => "done")).toBe("done");
    pass(LIMITS.seconds);
    expect(isOverrun(await context.perform("verb", {}, async () => "done").catch((error: unknown) => error))).toBe(true);
  });

  test("has had more rows than it may, if each of a few is had often enough, also where nothing is read for it", async () => {
    const context = begin();
    const page = { name: "page", load: async (_: unknown, keys: readonly string[]) => keys.map(() => ({ rows: Array.from({ length: 100 }) })) };
    for (let i = 0; i < 100; i += 1) await context.load(page, "key");
    expect([context.tally.nodes, context.failure ?? null]).toEqual([LIMITS.nodes, null]);
    await expect(context.load({ name: "one", load: async () => [{}] }, "key")).rejects.toThrow(GraphQLError);
    expect(context.failure).toMatchObject({ extensions: { code: "TOO_MANY_NODES" } });
  });
});
