import { setAuditorProfile } from "../claims/work.service.ts";
import type { Role } from "../core/viewer.ts";
import type { Verb } from "../db/verb.ts";
import { createPrincipal, grantRole } from "../grants/service.ts";
import { contestsThemselves, type LabelerPlan } from "../story/labelers.rules.ts";
import { MORE_AUDITORS, PRINCIPALS, type PrincipalPlan, PROJECTS } from "../story/organisation.rules.ts";
import { DAILY_TARGET, ISSUER } from "../story/rules.ts";

/** Where people work; ids by code, reference or subject. */
export interface Places {
  vendors: Map<string, string>;
  projects: Map<string, string>;
  queues: Map<string, string>;
  policies: Map<string, string>;
  labelers: Map<string, string>;
}

/** Makes each of a list in turn; the ids by key. */
export async function idsBy<T>(list: readonly T[], keyOf: (each: T) => string, make: (each: T) => Promise<{ id: string }>): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const each of list) ids.set(keyOf(each), (await make(each)).id);
  return ids;
}

// The labeler that an account is for: the first of its vendor.
function labelerOf({ vendor }: PrincipalPlan, plans: readonly LabelerPlan[]): LabelerPlan {
  return plans.find((plan) => plan.vendor === vendor && plan.kind === "HUMAN")!;
}

/** Who of the labelers has an account: its subject by their reference. */
export function accountsOf(plans: readonly LabelerPlan[]): Map<string, string> {
  return new Map(PRINCIPALS.filter(({ role }) => role === "LABELER").map((each) => [labelerOf(each, plans).ref, each.subject]));
}

function grantsOf(principal: PrincipalPlan, stage: Places, plans: readonly LabelerPlan[]) {
  const { role, vendor } = principal;
  const wide = { role, projectId: null, vendorId: vendor && stage.vendors.get(vendor)!, teamId: null, labelerId: null, canAdjudicate: role === "QA_LEAD", expiresAt: null };
  const everywhere: readonly Role[] = ["ADMIN", "SERVICE"];
  if (everywhere.includes(role)) return [wide];
  if (role !== "LABELER") return [...stage.projects.values()].map((projectId) => ({ ...wide, projectId }));
  const first = labelerOf(principal, plans);
  return [{ ...wide, projectId: stage.projects.get(first.project)!, labelerId: stage.labelers.get(first.ref)! }];
}

/** Makes everybody with their grants; their ids by subject. */
export async function setPrincipals(verb: Verb, stage: Places, plans: readonly LabelerPlan[]): Promise<Map<string, string>> {
  return idsBy([...PRINCIPALS, ...MORE_AUDITORS], ({ subject }) => subject, async (plan) => {
    const { subject, name, role } = plan;
    const kind = role === "SERVICE" ? "SERVICE" : "PERSON";
    const principal = await createPrincipal(verb, { kind, name, email: `${subject}@assay.example`, issuer: ISSUER, subject });
    for (const grant of grantsOf(plan, stage, plans)) await grantRole(verb, { principalId: principal.id, ...grant });
    return principal;
  });
}

/** Gives labelers who contest their audits themselves an account, without a token. */
export async function setAccounts(verb: Verb, stage: Places, plans: readonly LabelerPlan[]): Promise<void> {
  for (const plan of plans.filter(contestsThemselves)) {
    const { id: principalId } = await createPrincipal(verb, { kind: "PERSON", name: plan.name!, email: null, issuer: ISSUER, subject: plan.ref });
    const labelerId = stage.labelers.get(plan.ref)!;
    const grant = { role: "LABELER", projectId: stage.projects.get(plan.project)!, vendorId: stage.vendors.get(plan.vendor)!, labelerId } as const;
    await grantRole(verb, { principalId, teamId: null, canAdjudicate: false, expiresAt: null, ...grant });
  }
}

/** Says what each auditor should do a day, in the languages of the projects. */
export async function setTargets(verb: Verb, projects: ReadonlyMap<string, string>, principals: ReadonlyMap<string, string>): Promise<void> {
  const auditors = [...PRINCIPALS, ...MORE_AUDITORS].filter(({ role }) => role === "AUDITOR");
  for (const { code, language } of PROJECTS) {
    for (const { subject } of auditors) {
      const whose = { projectId: projects.get(code)!, principalId: principals.get(subject)! };
      await setAuditorProfile(verb, { ...whose, markets: [], languages: [language], skills: [], dailyTarget: DAILY_TARGET }, null);
    }
  }
}
