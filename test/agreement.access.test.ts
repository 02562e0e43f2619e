import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askAgreement, errorOf, inProjectAs, labeled, type Name } from "./kit/agreement.ts";
import { makeCalibration } from "./kit/calibrations.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { globalId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

describe("who may ask", () => {
  const ROLES = ["ADMIN", "QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST", "VENDOR_MANAGER", "VENDOR_QA", "LABELER", "SERVICE"] as const;
  const MAY = {
    LABELS: ["ADMIN", "QA_LEAD", "POLICY_MANAGER", "ANALYST", "VENDOR_MANAGER", "VENDOR_QA", "SERVICE"],
    REPEATS: ["ADMIN", "QA_LEAD", "ANALYST", "VENDOR_MANAGER", "VENDOR_QA", "SERVICE"],
    DOUBLE_AUDITS: ["ADMIN", "QA_LEAD", "AUDITOR", "ANALYST"],
    CALIBRATION: ["ADMIN", "QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"],
  };
  const callerOf = (project: ProjectFixture, role: typeof ROLES[number]) => {
    const [vendor] = project.vendors;
    if (role === "ADMIN") return world.admin;
    if (role === "SERVICE") return inProjectAs(world, project, { role, scopes: ["metrics:read"] });
    return inProjectAs(world, project, { role, vendorId: /VENDOR|LABELER/.test(role) ? vendor!.id : null, labelerId: role === "LABELER" ? vendor!.labelerIds[0]! : null });
  };

  test.each(ROLES)("%s", async (role) => {
    const { project, code } = await labeled(world, { a: ["hate", "hate"] });
    const by = await callerOf(project, role);
    for (const [source, roles] of Object.entries(MAY)) {
      const error = await errorOf(by, code, `source: ${source}`);
      expect([source, error]).toEqual([source, (roles as readonly string[]).includes(role) ? null : ["FORBIDDEN", ...(error ?? []).slice(1)]]);
    }
  });

  test("partners are told of their vendor's labelers alone; policy managers of none; analysts of pseudonyms", async () => {
    const contents = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i}`, ["hate", "hate", "NV", "NV"] as Name[]]));
    const { project, code, one } = await labeled(world, contents);
    const fields = "raters items pairs { one { labeler { name pseudonym } } } raterLeans { rater { labeler { pseudonym } } }";
    const partner = await inProjectAs(world, project, { role: "VENDOR_QA", vendorId: one.id });
    const own = await askAgreement(partner, code, "source: LABELS", fields);
    expect([own.raters, own.items, own.pairs.length]).toEqual([2, 20, 1]);
    const manager = await inProjectAs(world, project, { role: "POLICY_MANAGER" });
    expect(await askAgreement(manager, code, "source: LABELS", fields)).toEqual({ raters: 4, items: 20, pairs: null, raterLeans: null });
    expect((await errorOf(manager, code, `source: LABELS, filter: { labelerIds: ["${globalId("Labeler", one.labelerIds[0]!)}"] }`))![0]).toBe("FORBIDDEN");
    const analyst = await inProjectAs(world, project, { role: "ANALYST" });
    const seen = await askAgreement(analyst, code, "source: LABELS", fields);
    expect(seen.pairs).toHaveLength(6);
    expect(seen.pairs[0].one.labeler).toMatchObject({ name: null, pseudonym: expect.any(String) });
    expect((await errorOf(await inProjectAs(world, await makeProject(world.sql), { role: "QA_LEAD" }), code, "source: LABELS"))![0]).toBe("NOT_FOUND");
    expect((await errorOf(await inProjectAs(world, project, { role: "SERVICE", scopes: ["decisions:read"] }), code, "source: LABELS"))![0]).toBe("FORBIDDEN");
  });
});

test("what can't be asked is refused, naming the argument", async () => {
  const { project, code, lead } = await labeled(world, { a: ["hate", "spam", "NV"] });
  const other = await makeCalibration(world);
  const filter = `filter: { policyIds: ["${globalId("Policy", project.policies.hate)}"] }`;
  expect(await errorOf(lead, code, `source: LABELS, ${filter}`)).toEqual(["INVALID_INPUT", "filter", "policyIds"]);
  expect(await errorOf(lead, code, "source: LABELS, categories: 2")).toEqual(["INVALID_INPUT", "categories"]);
  expect(await errorOf(lead, code, `source: LABELS, calibrationSessionId: "${other.id}"`)).toEqual(["INVALID_INPUT", "calibrationSessionId"]);
  expect(await errorOf(lead, code, `source: CALIBRATION, calibrationSessionId: "${other.id}"`)).toEqual(["NOT_FOUND", "calibrationSessionId"]);
  const { errors } = await lead.send(`{ agreement(project: "${code}", source: LABELS) { pairs(first: 501) { items } } }`);
  expect(errors![0]!.extensions).toMatchObject({ code: "INVALID_INPUT", path: ["first"] });
  const none = await lead.send(`{ agreement(project: "${code}", source: LABELS) { raterLeans(first: 0) { items } } }`);
  expect(none.errors![0]!.extensions).toMatchObject({ code: "INVALID_INPUT", path: ["first"] });
});
