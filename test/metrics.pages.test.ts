import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { makeLabeler, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics, metricsDocument, refusedMetrics } from "./kit/metrics.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const asked = (rest: string) => `projects: ["${project.projectCode}"], ${JANUARY}, measures: [ACCURACY], ${rest}`;

test("rows are sorted and paged by dimension and by measure", async () => {
  const run = await makeRun(world.sql, project);
  const labelers: string[] = [];
  for (let i = 0; i < 5; i += 1) labelers.push(await makeLabeler(world.sql, project.vendors[0]!));
  const missed = { run, truthPolicyId: project.policies.hate };
  const ofLabeler = (labelerId: string, misses: number) =>
    [0, 1, 2, 3].map((each) => ({ ...(each < misses ? missed : { run }), labelerId }));
  await makeAudits(world.sql, project, labelers.flatMap(ofLabeler));
  const page = (rest: string) => askMetrics(world.admin, asked(`groupBy: [LABELER], ${rest}`), "labeler { id }");
  const seen: (number | null)[] = [];
  let after = "";
  for (;;) {
    const { rows, pageInfo } = await page(`first: 2, orderBy: [{ measure: ACCURACY, direction: ASC }]${after}`);
    seen.push(...rows.map(({ values }) => values[0]!.value));
    if (!pageInfo.hasNextPage) break;
    after = `, after: "${pageInfo.endCursor}"`;
  }
  expect(seen).toEqual([0, 0.25, 0.5, 0.75, 1]);
  const { rows } = await page("orderBy: [{ dimension: LABELER, direction: DESC }]");
  const newestFirst = [...labelers].sort().reverse();
  expect(rows.map(({ labeler }) => labeler.id)).toEqual(newestFirst.map((id) => encodeId("Labeler", { projectId: null, id })));
  expect(await refusedMetrics(world.admin, asked('after: "x"'))).toMatchObject({ code: "INVALID_INPUT" });
});

test("statements are constant in the number of groups", async () => {
  const dimensions = "groupBy: [PROJECT, QUEUE, MARKET, VENDOR, LABELER, POLICY, DAY], totals: true";
  const fields = "project { code } queue { code project { code } } market vendor { code } labeler { pseudonym } policy { code } day";
  const count = async () => {
    world.statements.length = 0;
    const { metrics } = await world.admin.ask(metricsDocument(asked(dimensions).replace("ACCURACY", "ACCURACY, GOLDEN_ACCURACY"), fields));
    return [metrics.rows.length, world.statements.length];
  };
  const [rows, statements] = await count();
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 10 }, { key: "y", frameSize: 10 }] });
  const days = [10, 11, 12].map((day) => new Date(Date.UTC(2026, 0, day)));
  const audits = days.flatMap((decidedAt) => project.vendors.map((vendor) => ({ run, stratum: "y", decidedAt, vendor })));
  await makeAudits(world.sql, project, audits);
  expect(await count()).toEqual([rows! + 6, statements]);
  // Projects, how their audits are kept, audits and golden decisions (each after how much there is to read), strata, and one statement for each kind of object.
  expect(statements).toBe(11);
});
