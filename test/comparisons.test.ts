import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { comparePaired } from "../src/stats/paired.ts";
import { makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
let [person, model]: string[] = [];

const gid = (type: string, id: string) => encodeId(type, { projectId: null, id });

beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  [person, model] = project.vendors[0]!.labelerIds;
  await world.sql`update labelers set kind = 'MODEL' where id = ${model!}`;
  const { NV, hate } = project.policies;
  const run = await makeRun(world.sql, project);
  // What each of the two said of an item, both audited; the truth is hate. Repeats: the first decision counts.
  const said: [string, string, string][] = [["a", hate, hate], ["b", hate, NV], ["c", hate, NV], ["d", NV, hate], ["e", NV, NV]];
  const of = (contentRef: string, policyId: string, labelerId: string, day: number) =>
    ({ contentRef, policyId, labelerId, run, truthPolicyId: hate, decidedAt: new Date(`2026-01-${day}T10:00:00Z`) });
  await makeAudits(world.sql, project, [
    ...said.flatMap(([item, left, right]) => [of(item, left, person!, 10), of(item, right, model!, 11)]),
    of("e", hate, person!, 12),
    of("only one of them", hate, person!, 10),
    { ...of("f", NV, person!, 10), attribution: "PROCESS" },
    of("f", hate, model!, 11),
  ]);
  for (const contentRef of ["a", "b"]) await makeGoldenItem(world.sql, project, { contentRef, truthPolicyId: hate });
});
afterAll(() => world.close());

const FIELDS = "n bothRight leftOnly rightOnly neither left right difference pValue interval { low high }";
const ask = (by: Caller, sides: string, more = "") =>
  by.ask<any>(`{ pairedComparison(project: "${gid("Project", project.projectId)}", ${sides}, range: { from: "2026-01-01", to: "2026-02-01" } ${more}) { ${FIELDS} } }`)
    .then(({ pairedComparison }) => pairedComparison);
const two = () => `left: { labelerId: "${gid("Labeler", person!)}" }, right: { labelerId: "${gid("Labeler", model!)}" }`;

test("a labeler and a model are compared on the items that both decided, and of which both were audited", async () => {
  const compared = await ask(lead, two());
  const counts = { n: 5, bothRight: 1, leftOnly: 2, rightOnly: 1, neither: 1 };
  expect(compared).toMatchObject({ ...counts, left: 0.6, right: 0.4, pValue: 1 });
  expect(compared.difference).toBeCloseTo(0.2, 12);
  expect(compared.interval.low).toBeLessThan(0);
  expect(compared.interval.high).toBeGreaterThan(0.2);
  expect(await ask(lead, "left: { kind: HUMAN }, right: { kind: MODEL }")).toMatchObject(counts);
});

test("golden items decide instead where they are asked to", async () => {
  expect(await ask(lead, two(), "source: GOLDEN")).toMatchObject({ n: 2, bothRight: 1, leftOnly: 1, rightOnly: 0, neither: 0 });
});

test("nothing to compare is null, not 0", async () => {
  const empty = await ask(lead, two(), 'filter: { markets: ["xx-XX"] }');
  expect(empty).toEqual({ n: 0, bothRight: 0, leftOnly: 0, rightOnly: 0, neither: 0, left: null, right: null, difference: null, pValue: null, interval: null });
});

test("sides that name nobody, or the same, are refused, and so are those who see no labelers", async () => {
  const refusal = async (by: Caller, sides: string) => {
    const { errors } = await by.send(`{ pairedComparison(project: "${gid("Project", project.projectId)}", ${sides}, range: { from: "2026-01-01", to: "2026-02-01" }) { n } }`);
    return errors?.[0]?.message;
  };
  expect(await refusal(lead, "left: {}, right: { kind: MODEL }")).toContain("left: give either labelerId or kind");
  expect(await refusal(lead, "left: { kind: MODEL }, right: { kind: MODEL }")).toContain("right: is the same as left");
  const manager = await world.caller({ role: "POLICY_MANAGER", projectId: project.projectId });
  expect(await refusal(manager, two())).toContain("POLICY_MANAGER");
});

test("takes an estimate and one statement, whatever is compared", async () => {
  world.statements.length = 0;
  await ask(lead, two());
  // The projects asked for, and the counts.
  expect(world.statements.length).toBe(3);
  expect(world.statements.filter((each) => each.includes("pairedCounts")).length).toBe(1);
});

test.each([
  // Newcombe (1998), Statistics in Medicine 17: 2635-2650, method 10.
  [{ bothRight: 36, leftOnly: 12, rightOnly: 2, neither: 0 }, 0.2, 0.0569, 0.3404],
  [{ bothRight: 36, leftOnly: 14, rightOnly: 0, neither: 0 }, 0.28, 0.1528, 0.4167],
])("the interval of %o is as published", (counts, difference, low, high) => {
  const compared = comparePaired(counts);
  expect(compared.difference).toBeCloseTo(difference, 12);
  expect(compared.interval!.low).toBeCloseTo(low, 4);
  expect(compared.interval!.high).toBeCloseTo(high, 4);
});

test("McNemar's exact test of 12 against 2 is as the binomial has it", () => {
  expect(comparePaired({ bothRight: 0, leftOnly: 12, rightOnly: 2, neither: 0 }).pValue).toBeCloseTo((2 * (1 + 14 + 91)) / 2 ** 14, 14);
});
