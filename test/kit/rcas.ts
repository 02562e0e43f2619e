import { newId } from "../../src/core/ids.ts";
import { makeProject, type ProjectFixture } from "./factories.ts";
import { inProject } from "./roster.ts";
import { globalId } from "./samples.ts";
import type { Caller, GrantSpec, World } from "./world.ts";

/** A project with people of every kind who have to do with escalations. */
export interface Escalating {
  world: World;
  project: ProjectFixture;
  lead: Caller;
  /** A lead who owns the escalations. */
  owner: Caller;
  policyManager: Caller;
  auditor: Caller;
  analyst: Caller;
  /** Of the vendor that escalations are shared with. */
  manager: Caller;
  vendorQa: Caller;
  /** Of the other vendor. */
  stranger: Caller;
  as: (grant: GrantSpec) => Promise<Caller>;
}

/** Somebody's opaque id. */
export const personOf = ({ principalId }: Caller) => globalId("Principal", principalId);

export async function makeEscalating(world: World): Promise<Escalating> {
  const project = await makeProject(world.sql);
  const [one, two] = project.vendors;
  const as = (grant: GrantSpec) => world.caller({ projectId: project.projectId, ...grant });
  const [lead, owner, policyManager, auditor, analyst, manager, vendorQa, stranger] = await Promise.all([
    as({ role: "QA_LEAD" }), as({ role: "QA_LEAD" }), as({ role: "POLICY_MANAGER" }), as({ role: "AUDITOR" }), as({ role: "ANALYST" }),
    as({ role: "VENDOR_MANAGER", vendorId: one!.id }), as({ role: "VENDOR_QA", vendorId: one!.id }), as({ role: "VENDOR_MANAGER", vendorId: two!.id }),
  ]);
  return {
    world, project, as, lead: lead!, owner: owner!, policyManager: policyManager!, auditor: auditor!, analyst: analyst!, manager: manager!,
    vendorQa: vendorQa!, stranger: stranger!,
  };
}

/** How an escalation of a test stands; of SEV3, investigated and shared with the project's first vendor unless said otherwise. */
export interface EscalationSpec {
  state?: string;
  severity?: string;
  isShared?: boolean;
  ownerId?: string | null;
  cycle?: number;
  heldState?: string | null;
}

/** An escalation as a verb of its own feature would have left it, without clocks; its row's id. */
export async function makeEscalation({ world: { sql }, project, owner }: Escalating, spec: EscalationSpec = {}): Promise<string> {
  const { state = "INVESTIGATING", severity = "SEV3", isShared = true, ownerId = owner.principalId, cycle = 1, heldState = null } = spec;
  const id = newId(new Date());
  const isOver = ["CLOSED", "DUPLICATE", "REJECTED", "CANCELLED"].includes(state);
  await sql`insert into escalations (project_id, id, title, kind, trigger, severity, state, held_state, fingerprint, owner_id, vendor_id,
      is_partner_visible, problem_statement, opened_at, cycle, closed_at, close_reason)
    values (${project.projectId}, ${id}, 'Hate is missed', 'QUALITY', 'MANUAL', ${severity}, ${state}, ${heldState}, ${id}, ${ownerId},
      ${project.vendors[0]!.id}, ${isShared}, 'Hate is missed.', now(), ${cycle}, ${isOver ? new Date() : null}, ${state === "CLOSED" ? "FIXED" : null})`;
  return id;
}

/** The opaque id of an escalation. */
export const escalationGid = ({ project }: Escalating, id: string) => inProject("Escalation", project.projectId, id);

const why = (text: string) => ({ text, evidence: ["audits of week 2"] });

/** An analysis that is complete, with one root cause that somebody answers for. */
export const analysisOf = (owner: Caller) => ({
  problemStatement: "One in ten hateful videos of MY is left up.",
  whys: [why("Labelers take them for jokes."), why("The policy gives no example."), why("Nobody asked for one.")],
  causes: [
    { category: "POLICY", code: "NO_LOCAL_EXAMPLES", text: "No example is of MY.", isRoot: true, ownerId: personOf(owner) },
    { category: "PEOPLE", code: "HUMAN_ERROR", text: "Some slipped." },
  ],
  contributingFactors: ["A backlog of three days."],
});

/** Sends a verb on an escalation; its payload. */
export async function onEscalation<T = any>(by: Caller, verb: string, escalationId: string, input: object = {}, payload = "escalation { state version cycle }"): Promise<T> {
  return by.verb<T>(verb, { escalationId, ...input }, payload);
}

/** An action as tests propose it, due in a week. */
export const actionOf = (owner: Caller, rest: object = {}) =>
  ({ kind: "CORRECTIVE", title: "Add examples", ownerId: personOf(owner), dueAt: new Date(Date.now() + 7 * 86_400_000), ...rest });

/** What happened to a row, in order. */
export async function toldOf({ sql }: World, id: string): Promise<any[]> {
  return sql`select type, from_state as "from", to_state as "to", actor_id as "actorId", reason, payload, is_staff_visible as "isStaffVisible",
    is_partner_visible as "isPartnerVisible", vendor_id as "vendorId" from events where subject_id = ${id} order by id`;
}

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** An effectiveness check as tests plan it: errors at most 5 %, of at least 30 audits in the two weeks to come. */
export const checkOf = (rest: object = {}) => ({
  measure: "ERROR_RATE", baselineWindow: { from: dayFrom(-30), to: dayFrom(-2) }, checkWindow: { from: dayFrom(1), to: dayFrom(15) }, target: 0.05, nMin: 30,
  ...rest,
});

/** An escalation whose root cause is known; its row's id, and the cause's opaque one. */
export async function makeExplained(of: Escalating, spec: EscalationSpec = {}): Promise<{ row: string; id: string; causeId: string }> {
  const row = await makeEscalation(of, spec);
  const id = escalationGid(of, row);
  await onEscalation(of.lead, "writeRca", id, analysisOf(of.auditor), "rca { id }");
  const { rca } = await onEscalation(of.lead, "identifyRootCause", id, {}, "rca { causes(filter: { isRoot: true }) { nodes { id } } }");
  return { row, id, causeId: rca.causes.nodes[0].id };
}

/** One whose plan is approved: a corrective action of the auditor's, and a check. */
export async function makePlanned(of: Escalating, spec: EscalationSpec = {}, check: object = {}) {
  const explained = await makeExplained(of, spec);
  const { id, causeId } = explained;
  const { action } = await onEscalation(of.lead, "proposeAction", id, actionOf(of.auditor, { causeId }), "action { id }");
  await onEscalation(of.owner, "planEffectivenessCheck", id, checkOf(check), "effectivenessCheck { id }");
  await onEscalation(of.lead, "approveActionPlan", id);
  return { ...explained, actionId: action.id as string };
}

/** One whose plan is carried out and is being verified. */
export async function makeVerifying(of: Escalating, spec: EscalationSpec = {}, check: object = {}) {
  const planned = await makePlanned(of, spec, check);
  await onEscalation(of.owner, "startImplementation", planned.id);
  await of.auditor.verb("startAction", { actionId: planned.actionId }, "action { state }");
  await of.auditor.verb("completeAction", { actionId: planned.actionId, evidence: ["Version 1.1.0"] }, "action { state }");
  await onEscalation(of.owner, "startVerification", planned.id);
  return planned;
}
