import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics } from "./kit/metrics.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  const { NV, hate, spam } = project.policies;
  const [, second] = project.vendors[0]!.labelerIds;
  await makeDecisions(world.sql, project, [
    { contentRef: "a", policyId: hate },
    { contentRef: "a", policyId: spam, labelerId: second! },
    { contentRef: "a", policyId: hate, labelerId: second! },
    { contentRef: "b" },
    { contentRef: "c", policyId: hate, action: "remove" },
    { contentRef: "c", policyId: hate },
    { contentRef: "late" },
    { contentRef: "retired", policyId: spam },
    { contentRef: "other" },
  ]);
  const [before, after] = ["2026-01-01T00:00:00Z", "2026-01-20T00:00:00Z"];
  for (const item of [
    { contentRef: "a", truthPolicyId: hate },
    { contentRef: "b", truthPolicyId: NV },
    { contentRef: "b", truthPolicyId: hate, status: "NEEDS_REVIEW", activeTo: before },
    { contentRef: "c", truthPolicyId: hate, truthAction: "remove" },
    { contentRef: "late", truthPolicyId: NV, activeFrom: after },
    { contentRef: "retired", truthPolicyId: hate, status: "RETIRED", activeTo: after },
    { contentRef: "other", truthPolicyId: hate, status: "RETIRED" },
  ]) {
    await makeGoldenItem(world.sql, project, item);
  }
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const policyId = (id: string) => encodeId("Policy", { projectId: null, id });
const matrixOf = async (caller: Caller, of: ProjectFixture, source: string) => {
  const query = `{ confusionMatrix(project: "${of.projectCode}", source: ${source}, ${JANUARY}) { labels { id } counts n } }`;
  return (await caller.ask<{ confusionMatrix: { labels: { id: string }[]; counts: number[][]; n: number } }>(query)).confusionMatrix;
};

test("decisions are graded by the item that was active when they were made", async () => {
  const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
  const args = `projects: ["${project.projectCode}"], ${JANUARY}, measures: [GOLDEN_ACCURACY], groupBy: [LABELER], totals: true`;
  const { rows, totals } = await askMetrics(analyst, args);
  const expected = { value: 4 / 7, numerator: 4, denominator: 7, n: 7, weighted: false, interval: { method: "WILSON" } };
  expect(totals!.values[0]).toMatchObject(expected);
  expect(rows.map(({ values }) => values[0]!.n).sort()).toEqual([2, 5]);
});

test("the matrix has the truth in rows and the choice in columns, by rank, then code", async () => {
  const { NV, hate, spam } = project.policies;
  await world.sql`update policies set rank = 1 where id = ${spam}`;
  const labels = [spam, NV, hate].map((id) => ({ id: policyId(id) }));
  const [ofSpam, ofNv, ofHate] = [[0, 0, 0], [0, 1, 0], [2, 0, 4]];
  expect(await matrixOf(world.admin, project, "GOLDEN")).toEqual({ labels, counts: [ofSpam, ofNv, ofHate], n: 7 });
});

test("the matrix of audits counts each once, unweighted, over the rows the viewer sees", async () => {
  const audited = await makeProject(world.sql);
  const { NV, hate, spam } = audited.policies;
  const run = await makeRun(world.sql, audited);
  const misses = { run, truthPolicyId: hate };
  await makeAudits(world.sql, audited, [
    { run },
    { run, policyId: hate },
    { ...misses, policyId: spam },
    { ...misses, vendor: audited.vendors[1]! },
    { ...misses, attribution: "PROCESS" },
  ]);
  const { labels, counts, n } = await matrixOf(world.admin, audited, "AUDITS");
  const at = (truth: string, label: string) => {
    const [row, column] = [truth, label].map((id) => labels.findIndex((each) => each.id === policyId(id)));
    return counts[row!]![column!];
  };
  expect([n, at(NV, NV), at(hate, hate), at(hate, spam), at(hate, NV), at(spam, hate)]).toEqual([4, 1, 1, 1, 1, 0]);
  const partner = await world.caller({ role: "VENDOR_QA", projectId: audited.projectId, vendorId: audited.vendors[0]!.id });
  expect((await matrixOf(partner, audited, "AUDITS")).n).toBe(3);
  await expect(matrixOf(partner, audited, "GOLDEN")).rejects.toThrow("FORBIDDEN");
});
