import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { activatePolicyVersions } from "../src/drafts/activation.service.ts";
import { draftTasks } from "../src/drafts/jobs.ts";
import { policyVersionsInForce } from "../src/policies/versions.service.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { asWorker } from "./kit/publication.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type GrantSpec, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
const jobs: string[] = [];
let author: Caller;
let reviewer: Caller;
beforeAll(async () => {
  world = await createWorld();
  const onStatement = (text: string) => void jobs.push(text);
  pool = createPool({ url: world.urls.login, size: 4, queue: 10, waitMs: 5_000, applicationName: "test", onStatement });
  project = await makeProject(world.sql);
  const grant = { role: "POLICY_MANAGER", projectId: project.projectId } as const;
  [author, reviewer] = [await world.caller(grant), await world.caller(grant)];
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const VERSION = "policyVersion { id version state semver graceHours isMandatory diff effectiveFrom effectiveTo market { code } author { id } allowedActions }";
const inMs = (ms: number) => new Date(Date.now() + ms);
const HOUR = 3_600_000;
const make = async (policyId: string, semver: string, more: object = {}, by = author) =>
  (await by.verb("createPolicyVersion", { policyId: globalId("Policy", policyId), semver, ...more }, VERSION)).policyVersion;
const on = async (by: Caller, verb: string, id: string, more: object = {}) => (await by.verb(verb, { policyVersionId: id, ...more }, VERSION)).policyVersion;
const no = (by: Caller, verb: string, id: string, more: object = {}) => by.refused(verb, { policyVersionId: id, ...more });
/** A version that waits for approval. */
const submitted = async (policyId: string, semver: string, more: object = {}): Promise<string> =>
  (await on(author, "submitPolicyVersion", (await make(policyId, semver, more)).id)).id;
/** A policy of the project that nobody else uses. */
const policy = async (): Promise<string> => {
  const code = `P-${crypto.randomUUID().slice(0, 8)}`;
  const made = await world.admin.verb("createPolicy", { code, name: code, isViolating: true, severity: "MAJOR", effectiveFrom: "2020-01-01T00:00:00Z" }, "policy { id }");
  await world.sql`insert into project_policies (project_id, policy_id) values (${project.projectId}, ${rawId(made.policy.id)})`;
  return rawId(made.policy.id);
};
const line = (of: string) => world.sql`select semver, market, state, effective_from, effective_to from policy_versions where policy_id = ${of}
  order by market nulls first, effective_from nulls last, semver`;
const eventsOf = (id: string) => world.sql`select type, from_state, to_state, reason, actor_id, payload, is_project_visible as everybodys, is_staff_visible as staffs
  from events where subject_id = ${rawId(id)} order by id`;
const activate = (now: Date) => asWorker(pool, (db) => activatePolicyVersions(db, now));

test("a draft goes back and forth, is approved by another, and takes effect at once in place of the one before; each step has its event", async () => {
  const policyId = await policy();
  const drafted = await make(policyId, "2.0.0", { graceHours: 24, isMandatory: true, diff: " Slurs are named. " });
  const { id } = drafted;
  expect(drafted).toMatchObject({
    state: "DRAFT", graceHours: 24, isMandatory: true, diff: "Slurs are named.", effectiveFrom: null, market: null,
    author: { id: globalId("Principal", author.principalId) }, allowedActions: ["submitPolicyVersion", "withdrawPolicyVersion"],
  });
  expect(await on(author, "submitPolicyVersion", id, { expectedVersion: 1 })).toMatchObject({ state: "IN_REVIEW", allowedActions: ["returnPolicyVersion", "withdrawPolicyVersion"] });
  expect((await no(reviewer, "returnPolicyVersion", id, { reason: "Which?", expectedVersion: 1 })).__typename).toBe("VersionConflictRefusal");
  expect(await no(reviewer, "returnPolicyVersion", id, { reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  await on(reviewer, "returnPolicyVersion", id, { reason: "Which ones?" });
  await on(author, "submitPolicyVersion", id);
  const key = { idempotencyKey: "approve" };
  const effective = await on(reviewer, "approvePolicyVersion", id, key);
  expect(effective).toMatchObject({ state: "EFFECTIVE", effectiveTo: null });
  expect(await on(reviewer, "approvePolicyVersion", id, key)).toEqual(effective);
  const [before, after] = await line(policyId);
  expect(before).toMatchObject({ semver: "1.0.0", state: "SUPERSEDED", effective_to: after!.effective_from });
  const events = await eventsOf(id);
  expect(events.map(({ type, from_state }) => [type, from_state])).toEqual([
    ["policy_version.draft", null], ["policy_version.in_review", "DRAFT"], ["policy_version.draft", "IN_REVIEW"], ["policy_version.in_review", "DRAFT"],
    ["policy_version.scheduled", "IN_REVIEW"], ["policy_version.effective", "SCHEDULED"],
  ]);
  expect(events[2]).toMatchObject({ reason: "Which ones?", actor_id: reviewer.principalId });
  // Who sees no drafts hears of it when it is in force.
  expect(events.map(({ everybodys, staffs }) => [everybodys, staffs])).toEqual([...Array(5).fill([false, true]), [true, false]]);
  expect(events[5]).toMatchObject({ actor_id: SYSTEM_PRINCIPAL_ID });
  const [old] = await world.sql`select e.type, e.is_project_visible from events e join policy_versions v on v.id = e.subject_id
    where v.policy_id = ${policyId} and v.semver = '1.0.0' and e.from_state is not null`;
  expect(old).toEqual({ type: "policy_version.superseded", is_project_visible: true });
});

test("what is drafted is sound: its policy, market, number and grace", async () => {
  const policyId = await policy();
  const refused = (input: object, by = author) => by.refused("createPolicyVersion", { policyId: globalId("Policy", policyId), semver: "2.0.0", ...input });
  expect(await refused({ policyId: globalId("Policy", crypto.randomUUID()) })).toMatchObject({ code: "NOT_FOUND", path: ["policyId"] });
  expect(await refused({ market: "xx" })).toMatchObject({ code: "NOT_FOUND", path: ["market"] });
  expect(await refused({ semver: "2" })).toMatchObject({ code: "INVALID_INPUT", path: ["semver"], message: 'semver: "2" must be like 2.1.0.' });
  expect(await refused({ semver: "1.0.0" })).toMatchObject({ code: "CONFLICT", path: ["semver"] });
  expect(await refused({ graceHours: -1 })).toMatchObject({ code: "INVALID_INPUT", path: ["graceHours"], message: "graceHours: -1 must be 0 to 8760." });
  expect(await refused({ diff: "" })).toMatchObject({ code: "INVALID_INPUT", path: ["diff"] });
  expect(await refused({ policyId: globalId("Policy", project.policies.NV) })).toMatchObject({ code: "FORBIDDEN", path: ["policyId"] });
  expect(await refused({ policyId: globalId("Policy", (await makeProject(world.sql)).policies.hate) })).toMatchObject({ code: "FORBIDDEN", path: ["policyId"] });
  expect((await make(policyId, "1.0.0", { market: project.market })).market).toEqual({ code: project.market });
  const { id } = await make(policyId, "2.0.0");
  expect(await refused({})).toMatchObject({ code: "CONFLICT", path: ["semver"] });
  await on(author, "withdrawPolicyVersion", id, { reason: "Another way." });
  expect((await eventsOf(id)).at(-1)).toMatchObject({ type: "policy_version.withdrawn", from_state: "DRAFT", reason: "Another way." });
  expect((await make(policyId, "2.0.0")).state).toBe("DRAFT");
});

describe("its author approves a version only where no project that uses the policy has two policy managers", () => {
  test("with another there, they are refused and not offered it", async () => {
    const id = await submitted(await policy(), "2.0.0");
    expect(await no(author, "approvePolicyVersion", id)).toMatchObject({
      __typename: "NotIndependentRefusal", code: "FORBIDDEN", message: "You drafted this version; another policy manager, or an administrator, approves it.",
    });
    expect((await on(world.admin, "approvePolicyVersion", id)).state).toBe("EFFECTIVE");
  });

  test("alone they may, until a second one comes, in any project that uses it", async () => {
    const [own, other] = [await makeProject(world.sql), await makeProject(world.sql)];
    const alone = await world.caller({ role: "POLICY_MANAGER", projectId: own.projectId });
    const mine = own.policies.hate;
    const draft = async (semver: string) => on(alone, "submitPolicyVersion", (await make(mine, semver, {}, alone)).id);
    const first = await draft("2.0.0");
    expect(first.allowedActions).toContain("approvePolicyVersion");
    expect((await on(alone, "approvePolicyVersion", first.id)).state).toBe("EFFECTIVE");
    // One here and one there are not two in one project; those whose grant is over don't count.
    await world.sql`insert into project_policies (project_id, policy_id) values (${other.projectId}, ${mine})`;
    await world.caller({ role: "POLICY_MANAGER", projectId: other.projectId });
    const gone = await world.caller({ role: "POLICY_MANAGER", projectId: own.projectId });
    await world.sql`update role_grants set revoked_at = now() where principal_id = ${gone.principalId}`;
    const second = await draft("3.0.0");
    expect(second.allowedActions).toContain("approvePolicyVersion");
    await world.caller({ role: "POLICY_MANAGER", projectId: other.projectId });
    expect((await no(alone, "approvePolicyVersion", second.id)).__typename).toBe("NotIndependentRefusal");
  });
});

test("a version that is due takes effect once though two processes look, and earlier ones of its line first", async () => {
  const policyId = await policy();
  const [local, soon, later] = [inMs(HOUR / 2), inMs(HOUR), inMs(2 * HOUR)];
  for (const [semver, effectiveFrom, more] of [["3.0.0", later], ["4.0.0", soon], ["1.0.0", local, { market: project.market }]] as const) {
    await on(reviewer, "approvePolicyVersion", await submitted(policyId, semver, more), { effectiveFrom });
  }
  const [scheduled] = await world.sql`select id from policy_versions where policy_id = ${policyId} and semver = '4.0.0'`;
  const id = globalId("PolicyVersion", scheduled!.id);
  const told = (await eventsOf(id)).at(-1)!;
  const heard = (type: string) => draftTasks[0]!.dueAfter({ projectId: "p", seq: 1, type, subjectType: "PolicyVersion", subjectId: "s", payload: told.payload });
  expect([heard(told.type), heard("policy_version.effective")]).toEqual([soon, null]);
  expect(await activate(new Date(soon.getTime() - HOUR / 2 - 1))).toBe(0);
  const [first, waited] = await world.sql.begin(async (tx) => {
    // As somebody who changes versions of the policy holds it.
    await tx`select from policies where id = ${policyId} for no key update`;
    const pending = activate(later);
    return [[pending], await Promise.race([pending, new Promise((go) => setTimeout(go, 200, "waits"))])];
  }) as [Promise<number>[], unknown];
  const done = await Promise.all([...first, activate(later)]);
  expect([waited, ...done.toSorted()]).toEqual(["waits", 1, 2]);
  expect(await activate(later)).toBe(0);
  expect(await line(policyId)).toEqual([
    { semver: "1.0.0", market: null, state: "SUPERSEDED", effective_from: new Date("2020-01-01T00:00:00Z"), effective_to: soon },
    { semver: "4.0.0", market: null, state: "SUPERSEDED", effective_from: soon, effective_to: later },
    { semver: "3.0.0", market: null, state: "EFFECTIVE", effective_from: later, effective_to: null },
    { semver: "1.0.0", market: project.market, state: "EFFECTIVE", effective_from: local, effective_to: null },
  ]);
  expect((await eventsOf(id)).map(({ type }) => type).slice(-2)).toEqual(["policy_version.effective", "policy_version.superseded"]);
  // Decisions are recorded with it from then on.
  const at = (time: Date, market: string) => asWorker(pool, (db) => policyVersionsInForce(db, { policyIds: [policyId], markets: [market], decidedAts: [time] }));
  expect(await at(soon, "")).toEqual([scheduled!.id]);
  expect(await at(later, "")).not.toEqual([scheduled!.id]);
});

test("periods neither overlap nor leave a hole, whatever is imported meanwhile; the database holds it too", async () => {
  const policyId = await policy();
  const market = project.market;
  const imported = (versions: object[]) => versions.map((each) => ({ policyId: globalId("Policy", policyId), ...each }));
  const soon = inMs(HOUR);
  const id = await submitted(policyId, "2.0.0", { market });
  expect(await no(reviewer, "approvePolicyVersion", id, { effectiveFrom: inMs(-HOUR) })).toMatchObject({ code: "INVALID_INPUT", path: ["effectiveFrom"] });
  await on(reviewer, "approvePolicyVersion", id, { effectiveFrom: soon });
  const same = await submitted(policyId, "2.1.0", { market });
  expect(await no(reviewer, "approvePolicyVersion", same, { effectiveFrom: soon })).toMatchObject({ code: "CONFLICT", path: ["effectiveFrom"] });
  const refused = (...versions: object[]) => author.refused("importPolicyVersions", { versions: imported(versions) });
  const past = { market, effectiveFrom: "2022-01-01T00:00:00Z" };
  expect(await refused({ ...past, semver: "1.0.0", effectiveTo: "2023-01-01T00:00:00Z" })).toMatchObject({ code: "CONFLICT", path: ["versions", "0", "effectiveTo"] });
  expect(await refused({ ...past, semver: "2.0.0" })).toMatchObject({ code: "CONFLICT", path: ["versions", "0", "semver"] });
  expect(await refused({ ...past, semver: "2.1.0" })).toMatchObject({ code: "CONFLICT" });
  await author.verb("importPolicyVersions", { versions: imported([{ ...past, semver: "1.0.0" }]) }, "supersededCount");
  await world.sql`update policy_versions set effective_from = now() - interval '1 minute' where id = ${rawId(id)}`;
  expect(await refused({ ...past, semver: "1.5.0", effectiveFrom: inMs(-10_000) })).toMatchObject({ code: "CONFLICT", path: ["versions", "0", "effectiveFrom"] });
  expect(await activate(new Date())).toBe(1);
  const [, first, second] = await line(policyId);
  expect([first!.effective_to, second!.state]).toEqual([second!.effective_from, "EFFECTIVE"]);
  const beside = world.sql`update policy_versions set state = 'EFFECTIVE', effective_from = now() where id = ${rawId(same)}`;
  await expect(beside).rejects.toMatchObject({ code: "23P01", constraint_name: "policy_versions_no_overlap" });
  await expect(world.sql`update policy_versions set state = 'SCHEDULED' where id = ${rawId(same)}`).rejects.toMatchObject({ code: "23514", constraint_name: "policy_versions_planned" });
});

test("one that is scheduled can be withdrawn, and the one in force goes on", async () => {
  const policyId = await policy();
  const id = await submitted(policyId, "2.0.0");
  expect(await on(reviewer, "approvePolicyVersion", id, { effectiveFrom: inMs(HOUR) })).toMatchObject({ state: "SCHEDULED", allowedActions: ["withdrawPolicyVersion"] });
  expect(await on(author, "withdrawPolicyVersion", id, { reason: "Too early." })).toMatchObject({ state: "WITHDRAWN", effectiveFrom: null, allowedActions: [] });
  expect(await activate(inMs(2 * HOUR))).toBe(0);
  expect((await line(policyId)).map(({ state }) => state)).toEqual(["EFFECTIVE", "WITHDRAWN"]);
});

test("staff see drafts; partners, machine clients and labelers none", async () => {
  const policyId = await policy();
  const draft = await make(policyId, "2.0.0");
  const { projectId, vendors: [vendor] } = project;
  const query = `query ($id: ID!, $draft: ID!) { node(id: $draft) { id }
    of: node(id: $id) { ... on Policy { versions { nodes { semver author { id } } totalCount } drafts: versions(filter: { states: [DRAFT] }) { totalCount } } } }`;
  const seen = async (caller: Caller) => {
    const { node, of } = await caller.ask(query, { id: globalId("Policy", policyId), draft: draft.id });
    return [node !== null, of.versions.nodes.map(({ semver }: { semver: string }) => semver), of.versions.totalCount, of.drafts.totalCount];
  };
  for (const role of ["QA_LEAD", "AUDITOR", "ANALYST", "POLICY_MANAGER"] as const) {
    expect(await seen(await world.caller({ role, projectId }))).toEqual([true, ["1.0.0", "2.0.0"], 2, 1]);
  }
  const vendorId = vendor!.id;
  for (const grant of [
    { role: "VENDOR_MANAGER", vendorId }, { role: "VENDOR_QA", vendorId }, { role: "LABELER", vendorId, labelerId: vendor!.labelerIds[0]! },
    { role: "SERVICE", scopes: ["decisions:write"] },
  ] satisfies GrantSpec[]) {
    expect(await seen(await world.caller({ projectId, ...grant }))).toEqual([false, ["1.0.0"], 1, 0]);
  }
});

test("a verb's statements don't grow with the versions, nor the job's with what is due, nor a page's with its rows", async () => {
  const ofPolicies = () => world.statements.filter((text) => /polic(y|ies)/.test(text)).length; // budgets are looked after meanwhile
  const policies = await Promise.all(Array.from({ length: 6 }, policy));
  const soon = inMs(HOUR);
  const [counts, ids]: [number[], string[]] = [[], []];
  for (const policyId of policies) {
    ids.push(await submitted(policyId, "2.0.0"));
    world.statements.length = 0;
    await on(reviewer, "approvePolicyVersion", ids.at(-1)!, { effectiveFrom: soon });
    counts.push(ofPolicies());
  }
  expect(new Set(counts).size).toBe(1);
  const pageOf = async (policyId: string) => {
    world.statements.length = 0;
    await author.ask("query ($id: ID!) { node(id: $id) { ... on Policy { versions { nodes { allowedActions } } } } }", { id: globalId("Policy", policyId) });
    return ofPolicies();
  };
  for (const [place, semver] of [[0, "3.0.0"], [0, "4.0.0"], [1, "3.0.0"]] as const) await submitted(policies[place]!, semver);
  expect(await pageOf(policies[0]!)).toBe(await pageOf(policies[1]!));
  await world.sql`update policy_versions set effective_from = now() - interval '1 second' where id = ${rawId(ids[0]!)}`;
  jobs.length = 0;
  expect(await activate(new Date())).toBe(1);
  const ofOne = jobs.splice(0).length;
  expect([await activate(soon), jobs.length]).toEqual([5, ofOne]);
});
