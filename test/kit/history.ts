import { type DecisionSpec, makeDecisions, makeProject, type ProjectFixture } from "./factories.ts";
import type { Caller, World } from "./world.ts";

/** A project of the test's own with decisions `r0`, `r1` ... of 5 January 2026, somebody to record audits of them, and an old auditor. */
export interface AuditedProject {
  project: ProjectFixture;
  lead: Caller;
  /** Has an e-mail address, and had a role. */
  auditor: Caller;
  email: string;
  decisionIds: string[];
  /** Codes of its policies. */
  hate: string;
  spam: string;
}

/** The decisions are for NV unless said otherwise. */
export async function makeAudited(world: World, specs: readonly DecisionSpec[] | ((project: ProjectFixture) => readonly DecisionSpec[])): Promise<AuditedProject> {
  const project = await makeProject(world.sql);
  const { projectId, policies } = project;
  const [lead, auditor] = [await world.caller({ role: "QA_LEAD", projectId }), await world.caller({ role: "AUDITOR", projectId })];
  const email = `QA.${projectId.slice(-12)}@example.org`;
  await world.sql`update principals set email = ${email} where id = ${auditor.principalId}`;
  await world.sql`update role_grants set revoked_at = now() where principal_id = ${auditor.principalId}`;
  const decisionIds = await makeDecisions(world.sql, project, (typeof specs === "function" ? specs(project) : specs).map((spec, i) => ({ externalRef: `r${i}`, ...spec })));
  const codeOf = async (id: string) => (await world.sql`select code from policies where id = ${id}`)[0]!.code as string;
  return { project, lead, auditor, email, decisionIds, hate: await codeOf(policies.hate), spam: await codeOf(policies.spam) };
}
