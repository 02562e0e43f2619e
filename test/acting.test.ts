import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeLabeler, makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
});
afterAll(() => world.close());

describe("one request acts under one role", () => {
  const as = async (caller: Caller, header?: string) => {
    const { data, errors } = await caller.send("{ viewer { role } }", {}, header ? { "x-assay-role": header } : {});
    return { role: data?.viewer.role, refusal: errors?.[0] };
  };

  test("of staff the highest, or the one that the header names", async () => {
    const { projectId } = project;
    const caller = await world.caller({ role: "ANALYST", projectId }, { role: "QA_LEAD", projectId }, { role: "AUDITOR", projectId });
    expect((await as(caller)).role).toBe("QA_LEAD");
    expect((await as(caller, "ANALYST")).role).toBe("ANALYST");
    for (const header of ["ADMIN", "AUDITOR:nowhere", "KING", "auditor"]) {
      expect((await as(caller, header)).refusal!.extensions).toMatchObject({ code: "INVALID_INPUT", path: ["x-assay-role"] });
    }
  });

  test("of partners with several the one that the header must name, at one vendor", async () => {
    const { projectId } = project;
    const [one, two] = project.vendors as [VendorFixture, VendorFixture];
    const caller = await world.caller(
      { role: "VENDOR_MANAGER", projectId, vendorId: one.id },
      { role: "VENDOR_QA", projectId, vendorId: one.id },
      { role: "VENDOR_QA", projectId, vendorId: two.id },
    );
    const { message } = (await as(caller)).refusal!;
    for (const line of [`VENDOR_MANAGER:${one.code}`, `VENDOR_QA:${one.code}`, `VENDOR_QA:${two.code}`]) expect(message).toContain(line);
    expect((await as(caller, "VENDOR_MANAGER")).role).toBe("VENDOR_MANAGER");
    expect((await as(caller, "VENDOR_QA")).refusal!.message).toContain("You hold several grants");
    const seen = await caller.send("{ viewer { role } vendors { nodes { code } } }", {}, { "x-assay-role": `VENDOR_QA:${two.code}` });
    expect(seen.data).toEqual({ viewer: { role: "VENDOR_QA" }, vendors: { nodes: [{ code: two.code }] } });
  });

  test("of a team where the grant names one, unless a wider grant stands beside it", async () => {
    const { projectId } = project;
    const vendor = project.vendors[0]!;
    const narrow = await world.caller({ role: "VENDOR_MANAGER", projectId, vendorId: vendor.id, teamId: vendor.teamId });
    const [other] = await world.sql`insert into teams (id, vendor_id, site_id, code, name)
      values (gen_random_uuid(), ${vendor.id}, ${vendor.siteId}, 'T2', 'T2') returning id`;
    const all = { role: "VENDOR_MANAGER", projectId, vendorId: vendor.id } as const;
    const wide = await world.caller(all, { ...all, teamId: other!.id });
    await makeLabeler(world.sql, { ...vendor, teamId: other!.id, labelerIds: [] });
    const teamsOf = async (caller: Caller) => {
      const { labelers } = await caller.ask("{ labelers(orderBy: { field: UPDATED_AT }) { nodes { team { code } } } }");
      return [...new Set(labelers.nodes.map((node: { team: { code: string } }) => node.team.code))];
    };
    expect([await teamsOf(narrow), await teamsOf(wide)]).toEqual([["T"], ["T", "T2"]]);
  });

  test("and none without a grant, or with one that has expired", async () => {
    const nobody = await world.caller();
    const late = await world.caller({ role: "AUDITOR", projectId: project.projectId });
    await world.sql`update role_grants set expires_at = now() - interval '1 second' where principal_id = ${late.principalId}`;
    for (const caller of [nobody, late]) expect((await as(caller)).refusal!.message).toContain("You hold no grant");
  });
});
