import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

async function makeVendor(code: string) {
  const { vendor } = await world.admin.verb("createVendor", { code, name: `Vendor ${code}`, kind: "EXTERNAL" }, "vendor { id code version }");
  return vendor as { id: string; code: string; version: number };
}

test("a vendor, its site and its team are created and read back by id, code and list", async () => {
  const vendor = await makeVendor("V1");
  const { site } = await world.admin.verb(
    "createSite",
    { vendorId: vendor.id, code: "JKT", name: "Jakarta", timeZone: "Asia/Jakarta" },
    "site { id vendor { code } }",
  );
  expect(site.vendor.code).toBe("V1");
  await world.admin.verb("createTeam", { siteId: site.id, code: "A", name: "Team A" }, "team { code }");
  const data = await world.admin.ask(
    `query ($id: ID!) {
      node(id: $id) { ... on Vendor { name teams { totalCount nodes { code site { code vendor { code } } } } } }
      vendorByCode(code: "V1") { code }
      vendors(filter: { codes: ["V1", "nope"] }, orderBy: { field: CODE, direction: DESC }) { totalCount nodes { code } pageInfo { hasNextPage } }
    }`,
    { id: vendor.id },
  );
  expect(data).toMatchObject({
    node: { teams: { totalCount: 1, nodes: [{ code: "A", site: { code: "JKT", vendor: { code: "V1" } } }] } },
    vendorByCode: { code: "V1" },
    vendors: { totalCount: 1, nodes: [{ code: "V1" }], pageInfo: { hasNextPage: false } },
  });
});

test("statements are constant in the number of vendors, sites and teams", async () => {
  const query = "{ vendors(first: 100) { nodes { code sites { nodes { code vendor { code } teams { nodes { code } } } } } } }";
  const count = async () => {
    world.statements.length = 0;
    await world.admin.ask(query);
    return world.statements.length;
  };
  const before = await count();
  for (const code of ["S1", "S2", "S3"]) {
    const vendor = await makeVendor(code);
    for (const each of ["a", "b"]) {
      await world.admin.verb("createSite", { vendorId: vendor.id, code: each, name: each, timeZone: "UTC" }, "site { id }");
    }
  }
  expect(await count()).toBe(before);
  expect(before).toBe(3);
});

test("pages follow each other without gaps or repeats, in every order", async () => {
  for (const code of ["P1", "P2", "P3", "P4", "P5"]) await makeVendor(code);
  for (const field of ["ID", "CODE", "UPDATED_AT"]) {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { vendors }: any = await world.admin.ask(
        `query ($after: String, $field: VendorOrderField!) { vendors(first: 2, after: $after, orderBy: { field: $field, direction: DESC }) {
          nodes { code } pageInfo { hasNextPage endCursor } } }`,
        { after, field },
      );
      seen.push(...vendors.nodes.map((node: { code: string }) => node.code));
      after = vendors.pageInfo.hasNextPage ? vendors.pageInfo.endCursor : null;
    } while (after);
    const { vendors } = await world.admin.ask("{ vendors { totalCount } }");
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(vendors.totalCount);
  }
});

test("a changed row has a new version, and a stale change is refused", async () => {
  const vendor = await makeVendor("R1");
  await world.admin.verb("renameVendor", { id: vendor.id, name: "New", expectedVersion: 1 }, "vendor { name version }");
  const refusal = await world.admin.refused("renameVendor", { id: vendor.id, name: "Newer", expectedVersion: 1 });
  expect(refusal).toMatchObject({ __typename: "VersionConflictRefusal", code: "CONFLICT", path: ["expectedVersion"] });
});

test("bad input is refused by field, value and remedy", async () => {
  expect(await world.admin.refused("createVendor", { code: "a b", name: "x", kind: "EXTERNAL" })).toMatchObject({ code: "INVALID_INPUT", path: ["code"] });
  await makeVendor("D1");
  expect(await world.admin.refused("createVendor", { code: "D1", name: "x", kind: "EXTERNAL" })).toMatchObject({ code: "CONFLICT" });
  const lead = await world.caller({ role: "ANALYST", projectId: "00000000-0000-7000-8000-000000000001" });
  expect(await lead.refused("createVendor", { code: "D2", name: "x", kind: "EXTERNAL" })).toMatchObject({ code: "FORBIDDEN" });
});
