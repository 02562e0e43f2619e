import { afterAll, beforeAll, expect, test } from "vitest";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics, firstValues, refusedMetrics } from "./kit/metrics.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const asked = (project: ProjectFixture, rest: string, range = JANUARY) => `projects: ["${project.projectCode}"], ${range}, ${rest}`;

test.each([
  [
    "Asia/Jakarta",
    ["2026-01-05T16:59:59.999Z", "2026-01-05T17:00:00Z", "2026-01-31T17:00:00Z"],
    { day: ["2026-01-05", "2026-01-06"], week: ["2026-01-05"], month: ["2026-01-01"] },
  ],
  [
    "UTC",
    ["2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z"],
    { day: ["2026-01-01", "2026-01-31"], week: ["2025-12-29", "2026-01-26"], month: ["2026-01-01"] },
  ],
  [
    "Asia/Kuala_Lumpur",
    ["2026-01-04T15:59:59.999Z", "2026-01-04T16:00:00Z", "2026-01-31T15:59:59Z", "2026-01-31T16:00:00Z"],
    { day: ["2026-01-04", "2026-01-05", "2026-01-31"], week: ["2025-12-29", "2026-01-05", "2026-01-26"], month: ["2026-01-01"] },
  ],
] as const)("days, weeks and months in %s", async (timeZone, decidedAt, days) => {
  const project = await makeProject(world.sql);
  await world.sql`update projects set time_zone = ${timeZone} where id = ${project.projectId}`;
  const run = await makeRun(world.sql, project, { from: "2025-12-01T00:00:00Z", to: "2026-03-01T00:00:00Z" });
  await makeAudits(
    world.sql,
    project,
    decidedAt.map((time) => ({ run, decidedAt: new Date(time) })),
  );
  for (const [field, expected] of Object.entries(days)) {
    const { rows } = await askMetrics(world.admin, asked(project, `measures: [ACCURACY], groupBy: [${field.toUpperCase()}]`), field);
    expect(rows.map((row) => row[field])).toEqual(expected);
  }
});

test("days and weeks in New York across the change to summer time, with weeks from Sunday", async () => {
  const project = await makeProject(world.sql, { weekStartsOn: "SUNDAY" });
  const run = await makeRun(world.sql, project, { from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z" });
  const decidedAt = ["2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"];
  await makeAudits(
    world.sql,
    project,
    decidedAt.map((time) => ({ run, decidedAt: new Date(time) })),
  );
  const range = (from: string, to: string) => `range: { from: "${from}", to: "${to}", timeZone: "America/New_York" }`;
  const { rows } = await askMetrics(
    world.admin,
    asked(project, "measures: [ACCURACY], groupBy: [WEEK, DAY]", range("2026-03-01", "2026-04-01")),
    "week day",
  );
  expect(rows.map(({ week, day, values }) => [week, day, values[0]!.n])).toEqual([
    ["2026-03-01", "2026-03-07", 1],
    ["2026-03-08", "2026-03-08", 2],
    ["2026-03-08", "2026-03-09", 1],
  ]);
  const oneDay = await askMetrics(world.admin, asked(project, "measures: [ACCURACY]", range("2026-03-08", "2026-03-09")));
  expect(oneDay.rows[0]!.values[0]!.n).toBe(2);
});

test("projects in different zones need one named", async () => {
  const [one, other] = [await makeProject(world.sql), await makeProject(world.sql)];
  await world.sql`update projects set time_zone = 'Asia/Jakarta' where id = ${other.projectId}`;
  const both = `projects: ["${one.projectCode}", "${other.projectCode}"], measures: [ACCURACY], groupBy: [PROJECT]`;
  expect(await refusedMetrics(world.admin, `${both}, ${JANUARY}`)).toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining("time zones differ"),
  });
  for (const project of [one, other]) await makeAudits(world.sql, project, [{ run: await makeRun(world.sql, project) }]);
  const metrics = await askMetrics(
    world.admin,
    `${both}, range: { from: "2026-01-01", to: "2026-02-01", timeZone: "UTC" }`,
    "project { code }",
  );
  expect(firstValues(metrics, (row) => row.project.code)).toEqual({ [one.projectCode]: 1, [other.projectCode]: 1 });
});

test("months and weeks in New York across the change to winter time: 1 November has 25 hours", async () => {
  const project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project, { from: "2026-10-01T00:00:00Z", to: "2026-12-01T00:00:00Z" });
  const decidedAt = ["2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"];
  await makeAudits(world.sql, project, decidedAt.map((time) => ({ run, decidedAt: new Date(time) })));
  const range = (from: string, to: string) => `range: { from: "${from}", to: "${to}", timeZone: "America/New_York" }`;
  const { rows } = await askMetrics(world.admin, asked(project, "measures: [ACCURACY], groupBy: [MONTH, WEEK, DAY]", range("2026-10-01", "2026-12-01")), "month week day");
  expect(rows.map(({ month, week, day, values }) => [month, week, day, values[0]!.n])).toEqual([
    ["2026-10-01", "2026-10-26", "2026-10-31", 1],
    ["2026-11-01", "2026-10-26", "2026-11-01", 2],
    ["2026-11-01", "2026-11-02", "2026-11-02", 1],
  ]);
  const november = await askMetrics(world.admin, asked(project, "measures: [ACCURACY]", range("2026-11-01", "2026-11-02")));
  expect(november.rows[0]!.values[0]!.n).toBe(2);
});
