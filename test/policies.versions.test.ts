import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId, SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import type { Viewer } from "../src/core/viewer.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import type { Verb } from "../src/db/verb.ts";
import { performVerb } from "../src/grants/perform.service.ts";
import { ensurePolicies } from "../src/policies/service.ts";
import { policyVersionsInForce } from "../src/policies/versions.service.ts";
import { makeProject } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
const statements: string[] = [];
beforeAll(async () => {
  world = await createWorld();
  const onStatement = (text: string) => void statements.push(text);
  pool = createPool({ url: world.urls.login, size: 4, queue: 10, waitMs: 5_000, applicationName: "test", onStatement });
  await world.admin.verb("createMarket", { code: "id-ID", name: "Indonesia" }, "market { id }");
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const asImporter = <T>(work: (verb: Verb) => Promise<T>): Promise<T> => {
  const viewer: Viewer = {
    principalId: SYSTEM_PRINCIPAL_ID, role: "ADMIN", grants: [], projectIds: null, vendorId: null, teamId: null, labelerId: null,
    scopes: null, expiresAt: null,
  };
  return performVerb(pool, viewer, "test", {}, work);
};

const START = "2020-01-01T00:00:00.000Z";
const time = (year: number) => `${year}-01-01T00:00:00.000Z`;
const policyIdOf = (id: string) => encodeId("Policy", { projectId: null, id });

async function make(code: string): Promise<string> {
  const input = { code, name: code, isViolating: true, severity: "MAJOR", effectiveFrom: START };
  return (await world.admin.verb("createPolicy", input, "policy { id }")).policy.id;
}

const row = (policyId: string, semver: string, from: number, to: number | null = null, more: object = {}) => ({
  policyId, semver, effectiveFrom: time(from), effectiveTo: to && time(to), ...more,
});

const line = async (code: string) => {
  const query = `query ($code: String!) { policyByCode(code: $code) {
    versions { nodes { semver market { code } state effectiveFrom effectiveTo } } } }`;
  const { policyByCode } = await world.admin.ask(query, { code });
  return policyByCode.versions.nodes.map((each: any) => {
    const period = `${each.effectiveFrom.slice(0, 4)}-${each.effectiveTo?.slice(0, 4) ?? ""}`;
    return `${each.semver} ${each.market?.code ?? "all"} ${period} ${each.state}`;
  });
};

test("history of several policies and markets comes in at once, in order, and closes what was open", async () => {
  const [a, b] = [await make("H1"), await make("H2")];
  const versions = [
    row(a, "3.0.0", 2024, null, { graceHours: 24, isMandatory: true, diff: "Slurs are named." }),
    row(a, "2.0.0", 2022, 2024),
    row(a, "1.0.0", 2021, 2023, { market: "id-ID" }),
    row(a, "1.1.0", 2023, null, { market: "id-ID" }),
    row(b, "0.9.0", 2018, 2020),
  ];
  const fields = "supersededCount versions { semver graceHours isMandatory diff }";
  const answer = await world.admin.verb("importPolicyVersions", { versions }, fields);
  expect(answer.supersededCount).toBe(1);
  expect(answer.versions.map((each: { semver: string }) => each.semver)).toEqual(versions.map((each) => each.semver));
  expect(answer.versions[0]).toEqual({ semver: "3.0.0", graceHours: 24, isMandatory: true, diff: "Slurs are named." });
  expect(await line("H1")).toEqual([
    "1.0.0 all 2020-2022 SUPERSEDED",
    "1.0.0 id-ID 2021-2023 SUPERSEDED",
    "2.0.0 all 2022-2024 SUPERSEDED",
    "1.1.0 id-ID 2023- EFFECTIVE",
    "3.0.0 all 2024- EFFECTIVE",
  ]);
  expect(await line("H2")).toEqual(["0.9.0 all 2018-2020 SUPERSEDED", "1.0.0 all 2020- EFFECTIVE"]);
  const filtered = `{ policyByCode(code: "H1") { general: versions(filter: { market: "xx" }) { totalCount }
    id: versions(filter: { market: "id-ID", states: [EFFECTIVE] }) { nodes { semver } } } }`;
  const { policyByCode } = await world.admin.ask(filtered);
  expect(policyByCode).toEqual({ general: { totalCount: 3 }, id: { nodes: [{ semver: "1.1.0" }, { semver: "3.0.0" }] } });
});

test("all of it or nothing, and the refusal names the row", async () => {
  const id = await make("H3");
  const good = row(id, "2.0.0", 2022);
  const refused = (...versions: object[]) => world.admin.refused("importPolicyVersions", { versions });
  expect(await refused(good, row(id, "3.0.0", 2021))).toMatchObject({ code: "INVALID_INPUT", path: ["versions", "0", "effectiveFrom"] });
  const absent = policyIdOf("00000000-0000-7000-8000-00000000ffff");
  expect(await refused(good, row(absent, "1.0.0", 2022))).toMatchObject({ code: "NOT_FOUND", path: ["versions", "1", "policyId"] });
  const nowhere = row(id, "3.0.0", 2022, null, { market: "xx-XX" });
  expect(await refused(good, nowhere)).toMatchObject({ code: "NOT_FOUND", path: ["versions", "1", "market"] });
  expect(await refused(good, row(id, "1.0.0", 2023))).toMatchObject({ code: "CONFLICT", path: ["versions", "1", "semver"] });
  expect(await refused()).toMatchObject({ code: "INVALID_INPUT", path: ["versions"] });
  expect(await refused(...Array(501).fill(good))).toMatchObject({ code: "INVALID_INPUT", path: ["versions"] });
  expect(await line("H3")).toEqual(["1.0.0 all 2020- EFFECTIVE"]);
});

test("imports at the same time fit or are refused, but leave one line without overlap or hole", async () => {
  const ids = await Promise.all(["R1", "R2", "R3", "R4"].map(make));
  const mutation = "mutation ($input: ImportPolicyVersionsInput!) { importPolicyVersions(input: $input) { __typename } }";
  const send = (...versions: object[]) => world.admin.send(mutation, { input: { versions } });
  const ofMarket = { market: "id-ID" };
  await send(...ids.map((id) => row(id, "1.0.0", 2020, null, ofMarket)));
  await Promise.all(
    ids.flatMap((id) => [
      send(row(id, "2.0.0", 2024, null, ofMarket)),
      send(row(id, "3.0.0", 2022, 2023, ofMarket)),
      send(row(id, "4.0.0", 2024)),
      send(row(id, "5.0.0", 2022)),
    ]),
  );
  for (const code of ["R1", "R2", "R3", "R4"]) {
    const versions: string[] = await line(code);
    for (const market of ["all", "id-ID"]) {
      const periods = versions.filter((each) => each.includes(` ${market} `)).map((each) => each.split(" ")[2]!.split("-"));
      expect(periods.length).toBeGreaterThan(1);
      for (const [index, [from]] of periods.slice(1).entries()) expect(from).toBe(periods[index]![1]);
    }
  }
});

test("only administrators and managers of a project that uses the policy import, and labelers see none that is closed", async () => {
  const project = await makeProject(world.sql);
  const stranger = await makeProject(world.sql);
  const { projectId } = project;
  const [vendor] = project.vendors;
  const manager = await world.caller({ role: "POLICY_MANAGER", projectId });
  const mine = policyIdOf(project.policies.hate);
  await manager.verb("importPolicyVersions", { versions: [row(mine, "2.0.0", 2022)] }, "supersededCount");
  const theirs = row(policyIdOf(stranger.policies.hate), "2.0.0", 2022);
  const both = { versions: [row(mine, "3.0.0", 2023), theirs] };
  expect(await manager.refused("importPolicyVersions", both)).toMatchObject({ code: "FORBIDDEN", path: ["versions", "1", "policyId"] });
  const partner = { projectId, vendorId: vendor!.id };
  for (const role of ["QA_LEAD", "AUDITOR", "ANALYST"] as const) {
    expect(await (await world.caller({ role, projectId })).refused("importPolicyVersions", both)).toMatchObject({ code: "FORBIDDEN" });
  }
  const semvers = async (caller: typeof manager) => {
    const query = "query ($id: ID!) { node(id: $id) { ... on Policy { versions { nodes { semver } } } } }";
    const { node } = await caller.ask(query, { id: mine });
    return node.versions.nodes.map((each: { semver: string }) => each.semver).sort();
  };
  const partnerCaller = await world.caller({ role: "VENDOR_QA", ...partner });
  expect(await semvers(partnerCaller)).toEqual(["1.0.0", "2.0.0"]);
  expect(await partnerCaller.refused("importPolicyVersions", both)).toMatchObject({ code: "FORBIDDEN" });
  expect(await semvers(await world.caller({ role: "LABELER", labelerId: vendor!.labelerIds[0]!, ...partner }))).toEqual(["2.0.0"]);
});

test("an import creates the policies it lacks once, in force since the epoch, and the project uses them", async () => {
  const { projectId } = await makeProject(world.sql);
  const other = await makeProject(world.sql);
  const nonViolating = new Set(["g-rated"]);
  const codes = ["porn", "g-rated", "gore", "porn"];
  const [ids, again] = await Promise.all([
    asImporter((verb) => ensurePolicies(verb, projectId, codes, nonViolating)),
    asImporter((verb) => ensurePolicies(verb, other.projectId, [...codes].reverse(), nonViolating)),
  ]);
  expect(new Set(ids.keys())).toEqual(new Set(codes));
  expect(Object.fromEntries(again)).toEqual(Object.fromEntries(ids));
  const query = `query ($id: ID!) {
    policies(filter: { projectId: $id, codes: ["porn", "g-rated", "gore"] }, orderBy: { field: CODE }) {
    nodes { code isViolating versions { nodes { semver effectiveFrom } } } } }`;
  const versions = { nodes: [{ semver: "1.0.0", effectiveFrom: "1970-01-01T00:00:00.000Z" }] };
  for (const id of [projectId, other.projectId]) {
    const { policies } = await world.admin.ask(query, { id: encodeId("Project", { projectId: null, id }) });
    expect(policies.nodes).toEqual([
      { code: "g-rated", isViolating: false, versions },
      { code: "gore", isViolating: true, versions },
      { code: "porn", isViolating: true, versions },
    ]);
  }
  const wrong = asImporter((verb) => ensurePolicies(verb, projectId, ["not a code"], nonViolating));
  await expect(wrong).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

test("the versions in force of 5,000 decisions take one statement and little time", async () => {
  const policyId = await make("F1");
  const dayOf2021 = (n: number) => new Date(Date.UTC(2021, 0, n)).toISOString();
  const versions = Array.from({ length: 200 }, (_, i) => ({
    policyId, semver: `2.${i}.0`, effectiveFrom: dayOf2021(1 + i), effectiveTo: i === 199 ? null : dayOf2021(2 + i),
  }));
  await world.admin.verb("importPolicyVersions", { versions }, "supersededCount");
  const [policy] = await world.sql`select id from policies where code = 'F1'`;
  const length = 5_000;
  const columns = {
    policyIds: Array.from({ length }, (_, i) => (i % 100 === 99 ? "00000000-0000-7000-8000-00000000ffff" : (policy!.id as string))),
    markets: Array.from({ length }, () => "id-ID"),
    decidedAts: Array.from({ length }, (_, i) => new Date(Date.UTC(2021, 0, 1, i))),
  };
  statements.length = 0;
  const started = performance.now();
  const ids = await asImporter((verb) => policyVersionsInForce(verb.db, columns));
  const elapsedMs = performance.now() - started;
  expect(statements.filter((text) => text.includes("policy_versions"))).toHaveLength(1);
  const rows = await world.sql`select id, semver from policy_versions where policy_id = ${policy!.id}`;
  const semvers = new Map(rows.map((each) => [each.id, each.semver]));
  const found = [0, 23, 24, 98, 99, 4_998].map((i) => semvers.get(ids[i]!) ?? null);
  expect(found).toEqual(["2.0.0", "2.0.0", "2.1.0", "2.4.0", null, "2.199.0"]);
  expect(elapsedMs).toBeLessThan(1_000);
});
