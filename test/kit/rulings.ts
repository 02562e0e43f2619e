import { on } from "./appeals.ts";
import { claim, globalId, lock, rawId, submit, WORDS } from "./samples.ts";
import { answers, carded } from "./verdicts.ts";
import type { Caller, World } from "./world.ts";

/** A project whose audits were made by an auditor on a scorecard and published, each an OVER_ENFORCEMENT of a CRITICAL code with two process failures. */
export interface Judged {
  /** Raw. */
  id: string;
  projectId: string;
  project: Awaited<ReturnType<typeof carded>>["project"];
  auditIds: string[];
  decisionIds: string[];
  lead: Caller;
  otherLead: Caller;
  auditor: Caller;
  adjudicator: Caller;
  policyManager: Caller;
  analyst: Caller;
  labeler: Caller;
  quality: Caller;
  manager: Caller;
  /** The policy codes. */
  codes: { hate: string; spam: string; satire: string };
}

/** Criteria of such an audit that failed: of the decision, and two of the process. */
export const FAILED = ["policy", "routed", "noted"];

/** So many of them. */
export async function judged(world: World, { count = 1, layer = "CLIENT", settings = {} }: { count?: number; layer?: "CLIENT" | "VENDOR"; settings?: object } = {}): Promise<Judged> {
  const decisions = Array.from({ length: count }, (_, i) => ({ action: "REMOVE", decidedAt: new Date(Date.UTC(2026, 0, 5, 8, 0, i)) }));
  const of = await carded(world, ({ policies }) => decisions.map((each) => ({ ...each, policyId: policies.hate })), { layer, settings: { publishDelayMinutes: 0, ...settings } });
  const { project, projectId, decisionIds } = of;
  const grant = { projectId: project.projectId };
  const vendor = { ...grant, vendorId: project.vendors[0]!.id };
  const [otherLead, adjudicator, policyManager, analyst, labeler, quality, manager, vendorAuditor] = await Promise.all([
    world.caller({ role: "QA_LEAD", ...grant }),
    world.caller({ role: "AUDITOR", ...grant, canAdjudicate: true }),
    world.caller({ role: "POLICY_MANAGER", ...grant }),
    world.caller({ role: "ANALYST", ...grant }),
    world.caller({ role: "LABELER", ...vendor, labelerId: project.vendors[0]!.labelerIds[0]! }),
    world.caller({ role: "VENDOR_QA", ...vendor }),
    world.caller({ role: "VENDOR_MANAGER", ...vendor }),
    world.caller({ role: "VENDOR_QA", ...vendor }),
  ]);
  const auditor = layer === "CLIENT" ? of.auditor : vendorAuditor;
  const rows = await world.sql`select code, name from policies where id = any (${Object.values(project.policies)})`;
  const codes = Object.fromEntries(rows.map(({ code, name }) => [name, code])) as Judged["codes"];
  const auditIds: string[] = [];
  while (auditIds.length < count) {
    for (const { id } of await claim(auditor, projectId, "id", { count: Math.min(20, count - auditIds.length), layer })) {
      await lock(auditor, id, { policyCode: "NV", action: "KEEP" }, "id", { answers: answers({ routed: "F" }) });
      await submit(auditor, id, { ...WORDS, answers: answers({ noted: "F", praise: "F", policy: { errorCode: "threat" } }) }, "id");
      auditIds.push(id);
    }
  }
  await world.sql`update audits set window_due_at = now() + interval '2 days' where project_id = ${project.projectId}`;
  return {
    id: project.projectId, project, projectId, decisionIds, auditIds, lead: of.lead, otherLead, auditor, adjudicator, policyManager, analyst, labeler, quality, manager, codes,
  };
}

/** The ids of criteria of the audits' scorecard, by code. */
export async function criteriaOf(world: World, auditId: string): Promise<Record<string, string>> {
  const rows = await world.sql`select c.code, c.id from criteria c join audits a on a.scorecard_version_id = c.scorecard_version_id where a.id = ${rawId(auditId)}`;
  return Object.fromEntries(rows.map(({ code, id }) => [code, globalId("Criterion", id)]));
}

/** Appeals of audits by somebody, contesting these criteria (what failed, if none are named), that have come to a tier; their ids. */
export async function appealed(
  world: World,
  by: Caller,
  auditIds: readonly string[],
  { tier = "L2", criteria, appealCaseId }: { tier?: "L1" | "L2" | "L3"; criteria?: string[]; appealCaseId?: string } = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (const auditId of auditIds) {
    const byCode = criteria ? await criteriaOf(world, auditId) : {};
    const contests = criteria?.map((code) => ({ criterionId: byCode[code], argument: `Why ${code}?` }));
    const { appeal } = await by.verb("draftAppeal", { auditId, reason: "It quotes a song about love.", evidence: ["guide://hate#4.2"], criteria: contests, appealCaseId }, "appeal { id }");
    await on(by, "fileAppeal", appeal.id, {}, "id");
    ids.push(appeal.id);
  }
  const state = { L1: "L1_REVIEW", L2: "L2_REVIEW", L3: "L3_ARBITRATION" }[tier];
  await world.sql`update appeals set state = ${state}, tier = ${tier} where id = any (${ids.map(rawId)})`;
  return ids;
}

/** What became of an appeal and its audit. */
export const RULED = `appeal { state outcome closedAt rulings { nodes { tier outcome reason changes findings { nodes { criterion { code } result severity note } } } }
  audit { state version verdict { number outcome errorType severity score reason explanation findings { nodes { criterion { code } result severity isSeverityRuled } } } } }`;

/** Rules on an appeal; the payload. */
export async function decide<T = any>(by: Caller, appealId: string, outcome: string, input: object = {}, fields = RULED): Promise<T> {
  return by.verb("decideAppeal", { appealId, outcome, reason: "Songs are quoted there.", ...input }, fields);
}
