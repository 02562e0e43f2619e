import { randomUUID } from "node:crypto";
import fc from "fast-check";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPurses, type Purses } from "../src/budgets/purses.service.ts";
import { RateLimited } from "../src/budgets/rules.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { createDatabase } from "./kit/database.ts";

const EVERYBODYS = 1_000;

let sql: postgres.Sql;
let pool: Pool;
let statements: string[];
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createDatabase();
  drop = database.drop;
  sql = postgres(database.urls.migrator, { max: 1, onnotice: () => {} });
  statements = [];
  pool = createPool({ url: database.urls.login, size: 4, queue: 500, waitMs: 5_000, applicationName: "assay-test", onStatement: (text) => void statements.push(text) });
});
afterAll(async () => {
  await pool.end();
  await sql.end();
  await drop();
});

async function makePrincipal(points?: number): Promise<string> {
  const id = randomUUID();
  await sql`insert into principals (id, kind, name) values (${id}, 'SERVICE', 'P')`;
  if (points) await sql`insert into budgets (id, principal_id, points_per_minute, reason) values (${randomUUID()}, ${id}, ${points}, 'test')`;
  return id;
}

const leasedOf = async (id: string) => Number((await sql`select leased from budget_leases where principal_id = ${id}`)[0]!.leased);
/** True if it was affordable. */
const pays = (purses: Purses, id: string, points: number) =>
  purses.charge(id, points).then(
    () => true,
    (error: unknown) => {
      if (error instanceof RateLimited) return false;
      throw error;
    },
  );
const endMinute = (id: string) => sql`update budget_leases set started_at = started_at - interval '61 seconds' where principal_id = ${id}`;

describe("a process", () => {
  test("leases a hundredth first, then a tenth at a time, and the next before what it has is spent", async () => {
    const id = await makePrincipal();
    const purses = createPurses(pool, EVERYBODYS);
    expect(await purses.charge(id, 5)).toMatchObject({ limit: EVERYBODYS, remaining: 995 });
    expect(await leasedOf(id)).toBe(10);
    expect(await purses.charge(id, 5)).toMatchObject({ remaining: 990 });
    await expect.poll(() => leasedOf(id)).toBe(110);
    for (let i = 0; i < 5; i += 1) await purses.charge(id, 10);
    expect(await leasedOf(id)).toBe(110);
    expect(await purses.charge(id, 10)).toMatchObject({ remaining: 930 });
    await expect.poll(() => leasedOf(id)).toBe(210);
  });

  test("takes little with it when it ends: fifty that begin in one minute leave half of it", async () => {
    const id = await makePrincipal();
    for (let i = 0; i < 50; i += 1) await createPurses(pool, EVERYBODYS).charge(id, 1);
    expect(await leasedOf(id)).toBe(500);
    expect(await pays(createPurses(pool, EVERYBODYS), id, 400)).toBe(true);
  });

  test("reads nothing while it has points", async () => {
    const id = await makePrincipal(1_000_000);
    const purses = createPurses(pool, EVERYBODYS);
    await purses.charge(id, 1);
    statements.length = 0;
    for (let i = 0; i < 100; i += 1) await purses.charge(id, 3);
    expect(statements).toEqual([]);
  });

  test("sends one statement for a crowd that comes at once", async () => {
    const id = await makePrincipal(10_000);
    const purses = createPurses(pool, EVERYBODYS);
    statements.length = 0;
    await Promise.all(Array.from({ length: 50 }, () => purses.charge(id, 1)));
    expect(statements.filter((text) => text.includes("leasePoints"))).toHaveLength(1);
  });

  test("spends all there is to the last point, then says when to come again", async () => {
    const id = await makePrincipal(95);
    const purses = createPurses(pool, EVERYBODYS);
    for (let i = 0; i < 9; i += 1) await purses.charge(id, 10);
    const refusal = (await purses.charge(id, 10).catch((error: unknown) => error)) as RateLimited;
    expect(refusal).toBeInstanceOf(RateLimited);
    expect(refusal.message).toMatch(/^This costs 10 points, and 5 of your 95 a minute are left: wait \d+ s, or ask for fewer rows\.$/);
    expect(refusal.retryAfterSeconds).toBeGreaterThan(50);
    expect(await purses.charge(id, 5)).toMatchObject({ remaining: 0 });
  });

  test("leases more than a tenth where one thing costs more, and nothing for what no minute could pay", async () => {
    const id = await makePrincipal();
    const purses = createPurses(pool, EVERYBODYS);
    expect(await purses.charge(id, 700)).toMatchObject({ remaining: 300 });
    const other = await makePrincipal();
    await expect(purses.charge(other, 1_001)).rejects.toThrow("This costs 1001 points, and 1000 of your 1000 a minute are left: ask for fewer rows.");
    expect(await leasedOf(other)).toBe(10);
  });

  test("has a new minute once the last is over by the database's clock", async () => {
    const id = await makePrincipal(50);
    const purses = createPurses(pool, EVERYBODYS);
    expect(await pays(purses, id, 50)).toBe(true);
    expect(await pays(createPurses(pool, EVERYBODYS), id, 1)).toBe(false);
    await endMinute(id);
    expect(await pays(createPurses(pool, EVERYBODYS), id, 50)).toBe(true);
  });

  test("goes by a budget that was set meanwhile as soon as it hears of it; what was spent stays spent", async () => {
    const id = await makePrincipal();
    const purses = createPurses(pool, EVERYBODYS);
    await purses.charge(id, 50);
    await sql`insert into budgets (id, principal_id, points_per_minute, reason) values (${randomUUID()}, ${id}, 100, 'less')`;
    purses.forget(id);
    expect(await pays(purses, id, 1)).toBe(false);
    await sql`update budgets set points_per_minute = 300 where principal_id = ${id}`;
    purses.forget(id);
    expect(await purses.charge(id, 30)).toMatchObject({ limit: 300, remaining: 160 });
  });
});

test("without the database, what was leased is spent to its end; then its failure is told, and nobody is said to have spent too much", async () => {
  const id = await makePrincipal();
  const lost = createPool({ url: "postgres://nobody:x@127.0.0.1:1/none", size: 1, queue: 5, waitMs: 500, applicationName: "assay-test" });
  let isLost = false;
  const lease: Pool["lease"] = (deadlineMs) => (isLost ? lost : pool).lease(deadlineMs);
  const purses = createPurses({ ...pool, lease }, EVERYBODYS);
  await purses.charge(id, 10);
  await expect.poll(() => leasedOf(id)).toBe(110);
  isLost = true;
  for (let i = 0; i < 10; i += 1) await purses.charge(id, 10);
  const failure: unknown = await purses.charge(id, 10).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(RateLimited);
  isLost = false;
  expect(await purses.charge(id, 10)).toMatchObject({ remaining: 880 });
  await lost.end();
});

test("what processes leave unspent, when one is refused, is at most what each of the others has leased ahead", async () => {
  const id = await makePrincipal();
  const [a, b, c] = Array.from({ length: 3 }, () => createPurses(pool, EVERYBODYS)) as [Purses, Purses, Purses];
  let spent = 0;
  for (const purses of [a, b, c]) spent += Number(await pays(purses, id, 1));
  while (await pays(b, id, 1)) spent += 1;
  expect(spent).toBeLessThanOrEqual(EVERYBODYS);
  expect(spent).toBeGreaterThanOrEqual(EVERYBODYS - 2 * 100);
});

test("several processes never spend more than the budget all together, whatever they ask for and whoever dies", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2_000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ who: fc.nat(3), points: fc.integer({ min: 0, max: 400 }), dies: fc.boolean(), together: fc.boolean() }), { maxLength: 40 }),
      async (budget, count, asked) => {
        const id = await makePrincipal(budget);
        const processes = Array.from({ length: count }, () => createPurses(pool, EVERYBODYS));
        const [spent, under]: [number[], Promise<void>[]] = [[], []];
        for (const { who, points, dies, together } of asked) {
          const place = who % count;
          if (dies) processes[place] = createPurses(pool, EVERYBODYS);
          const one = pays(processes[place]!, id, points).then((paid) => void (paid && spent.push(points)));
          under.push(one);
          if (!together) await one;
        }
        await Promise.all(under);
        const total = spent.reduce((sum, points) => sum + points, 0);
        expect(total).toBeLessThanOrEqual(budget);
        if (asked.length > 0) {
          expect(await leasedOf(id)).toBeLessThanOrEqual(budget);
          expect(total).toBeLessThanOrEqual(await leasedOf(id));
        }
      },
    ),
    { numRuns: 40 },
  );
});
