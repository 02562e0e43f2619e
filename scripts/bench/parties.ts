import { encodeId } from "../../src/core/ids.ts";
import { type Role, SYSTEM_VIEWER } from "../../src/core/viewer.ts";
import type { Pool } from "../../src/db/pool.ts";
import type { Verb } from "../../src/db/verb.ts";
import { MOST_POINTS } from "../../src/budgets/rules.ts";
import { setBudget } from "../../src/budgets/service.ts";
import { createApiClient } from "../../src/clients/service.ts";
import { performVerb } from "../../src/grants/perform.service.ts";
import { createPrincipal, grantRole } from "../../src/grants/service.ts";
import { addProjectPolicies, createPolicy } from "../../src/policies/service.ts";
import { createProject } from "../../src/projects/service.ts";
import { createSite, createTeam, createVendor } from "../../src/vendors/service.ts";

/** Who meets in a project of their own: a lead, and managers of two vendors that must never see each other. */
export interface Parties {
  /** Opaque, as are all ids here. */
  projectId: string;
  policyId: string;
  lead: string;
  vendors: { code: string; token: string }[];
}

const DAY_MS = 86_400_000;

async function tokenOf(verb: Verb, role: Role, projectId: string, vendorId: string | null): Promise<string> {
  const { id: principalId } = await createPrincipal(verb, { kind: "PERSON", name: role });
  const scope = { role, projectId, vendorId, teamId: null, labelerId: null, canAdjudicate: false, expiresAt: null };
  await grantRole(verb, { principalId, ...scope });
  await setBudget(verb, { principalId, pointsPerMinute: MOST_POINTS, reason: "Meant to load." });
  const { secret } = await createApiClient(verb, { principalId, name: "faults", scopes: [], expiresAt: new Date(verb.now.getTime() + DAY_MS) });
  return secret!;
}

async function makeVendor(verb: Verb, code: string): Promise<{ code: string; id: string }> {
  const { id } = await createVendor(verb, { code, name: code, kind: "EXTERNAL" });
  const site = await createSite(verb, { vendorId: id, code: "S", name: "S", timeZone: "UTC" });
  for (const team of ["A", "B", "C"]) await createTeam(verb, { siteId: site.id, code: team, name: team });
  return { code, id };
}

/** Makes them. */
export function makeParties(pool: Pool): Promise<Parties> {
  return performVerb(pool, SYSTEM_VIEWER, "makeParties", {}, async (verb: Verb) => {
    const { id: projectId } = await createProject(verb, { code: "FAULTS", name: "Faults", timeZone: "UTC" });
    const { id: policyId } = await createPolicy(verb, { code: "FAULTS", name: "Faults", isViolating: true, severity: "MAJOR" });
    await addProjectPolicies(verb, projectId, [policyId]);
    const vendors: Parties["vendors"] = [];
    for (const each of [await makeVendor(verb, "ONE"), await makeVendor(verb, "OTHER")]) {
      vendors.push({ code: each.code, token: await tokenOf(verb, "VENDOR_MANAGER", projectId, each.id) });
    }
    const lead = await tokenOf(verb, "QA_LEAD", projectId, null);
    const opaque = (type: string, id: string) => encodeId(type, { projectId: null, id });
    return { projectId: opaque("Project", projectId), policyId: opaque("Policy", policyId), lead, vendors };
  });
}
