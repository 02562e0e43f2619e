import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../src/core/viewer.ts";
import { encodeId } from "../src/core/ids.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics, refusedMetrics } from "./kit/metrics.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 40 }] });
  const { hate, spam } = project.policies;
  const [own, other] = project.vendors as [ProjectFixture["vendors"][0], ProjectFixture["vendors"][0]];
  await makeAudits(world.sql, project, [
    { run },
    { run, policyId: hate },
    { run, policyId: spam, truthPolicyId: hate },
    { run, vendor: other, truthPolicyId: hate },
    { run, isPartnerVisible: false },
    { run, labelerId: own.labelerIds[1]! },
    { truthPolicyId: hate },
  ]);
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const asked = (rest: string) => `projects: ["${project.projectCode}"], ${JANUARY}, ${rest}`;
const as = (role: Role, labelerIndex = 0): Promise<Caller> => {
  const isPartner = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"].includes(role);
  const [{ id, labelerIds }] = project.vendors as [ProjectFixture["vendors"][0]];
  return world.caller({
    role,
    projectId: role === "ADMIN" ? null : project.projectId,
    vendorId: isPartner ? id : null,
    labelerId: role === "LABELER" ? labelerIds[labelerIndex]! : null,
  });
};

describe("rows by role", () => {
  test.each<[Role, number]>([
    ["ADMIN", 6],
    ["QA_LEAD", 6],
    ["POLICY_MANAGER", 6],
    ["AUDITOR", 6],
    ["ANALYST", 6],
    ["VENDOR_MANAGER", 4],
    ["VENDOR_QA", 4],
    ["LABELER", 3],
  ])("%s counts %i audits", async (role, n) => {
    const { rows } = await askMetrics(await as(role), asked("measures: [ACCURACY]"));
    expect(rows[0]!.values[0]!.n).toBe(n);
  });

  test("a client of the platform needs the scope, and a vendor's client counts its own", async () => {
    const scoped = (scopes: "metrics:read"[], vendorId: string | null) =>
      world.caller({ role: "SERVICE", projectId: project.projectId, vendorId, scopes });
    expect(await refusedMetrics(await scoped([], null), asked("measures: [ACCURACY]"))).toMatchObject({ code: "FORBIDDEN" });
    expect((await askMetrics(await scoped(["metrics:read"], null), asked("measures: [ACCURACY]"))).rows[0]!.values[0]!.n).toBe(5);
    expect(
      (await askMetrics(await scoped(["metrics:read"], project.vendors[0]!.id), asked("measures: [ACCURACY]"))).rows[0]!.values[0]!.n,
    ).toBe(4);
  });

  test("a project that the viewer is not in does not exist, by code or id", async () => {
    const stranger = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
    const id = encodeId("Project", { projectId: null, id: project.projectId });
    for (const ref of [project.projectCode, id, "nope"]) {
      const refusal = await refusedMetrics(stranger, `projects: ["${ref}"], ${JANUARY}, measures: [ACCURACY]`);
      expect(refusal).toEqual({ code: "NOT_FOUND", message: `projects: there is no project "${ref}".` });
    }
    expect(
      (await askMetrics(world.admin, `projects: ["${id}", "${project.projectCode}"], ${JANUARY}, measures: [ACCURACY]`)).rows[0]!.values[0]!
        .n,
    ).toBe(6);
  });

  test.each<[Role, string, string]>([
    ["VENDOR_QA", "measures: [GOLDEN_ACCURACY]", "Golden items are not for VENDOR_QA"],
    ["LABELER", "measures: [GOLDEN_ACCURACY]", "Golden items are not for LABELER"],
    ["AUDITOR", "measures: [GOLDEN_ACCURACY]", "Golden items are not for AUDITOR"],
    ["VENDOR_MANAGER", "measures: [ACCURACY], purposes: [TARGETED]", "purposes can't be chosen as VENDOR_MANAGER"],
    ["POLICY_MANAGER", "measures: [ACCURACY], groupBy: [LABELER]", "LABELER can't be grouped or filtered by"],
  ])("%s may not ask %s", async (role, rest, message) => {
    expect(await refusedMetrics(await as(role), asked(rest))).toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining(message),
    });
  });

  test("objects of dimensions obey the viewer's row security and masks", async () => {
    const labels = "labeler { pseudonym } policy { code } queue { code } vendor { code }";
    const partner = await askMetrics(await as("VENDOR_QA"), asked("measures: [ACCURACY], groupBy: [VENDOR, LABELER]"), labels);
    expect(partner.rows.map(({ vendor }) => vendor.code)).toEqual([project.vendors[0]!.code, project.vendors[0]!.code]);
    const lead = await askMetrics(await as("QA_LEAD"), asked("measures: [ACCURACY], groupBy: [VENDOR, LABELER]"), labels);
    expect(lead.rows).toHaveLength(3);
    expect(partner.rows[0]).toMatchObject({ policy: null, queue: null, labeler: { pseudonym: expect.any(String) } });
    const named = async (role: Role) =>
      (await askMetrics(await as(role), asked("measures: [ACCURACY], groupBy: [LABELER]"), "labeler { name }")).rows[0]!.labeler.name;
    expect([await named("QA_LEAD"), await named("ANALYST"), await named("AUDITOR")]).toEqual(["A Person", null, null]);
    await world.sql`update policy_versions set state = 'SUPERSEDED' where policy_id = ${project.policies.hate}`;
    const mine = await askMetrics(
      await as("LABELER"),
      asked("measures: [OVER_ENFORCEMENT_RATE, UNDER_ENFORCEMENT_RATE], groupBy: [POLICY]"),
      labels,
    );
    expect(mine.rows.map(({ policy, values }) => [policy?.code.split("-")[0] ?? null, values[0]!.n, values[1]!.n])).toEqual(
      expect.arrayContaining([
        ["NV", 1, 0],
        [null, 0, 1],
        ["spam", 0, 1],
      ]),
    );
  });
});

test("targeted audits are read alone and unweighted", async () => {
  const { rows } = await askMetrics(world.admin, asked("measures: [ACCURACY], purposes: [TARGETED]"));
  expect(rows[0]!.values[0]).toMatchObject({ value: 0, n: 1, weighted: false, interval: { method: "WILSON" } });
  expect(await refusedMetrics(world.admin, asked("measures: [ACCURACY], purposes: [RANDOM, TARGETED]"))).toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining("MIXED_PURPOSES"),
  });
});
