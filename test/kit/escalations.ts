import type postgres from "postgres";
import type { EscalationRow } from "../../src/escalations/table.ts";
import type { Call } from "./machines.ts";
import { actionOf, type Escalating, makeVerifying, onEscalation, personOf } from "./rcas.ts";
import { inProject } from "./roster.ts";
import { globalId, projectGid, rawId } from "./samples.ts";
import type { Caller } from "./world.ts";

/** What tests read of an escalation. */
export const ESCALATION = `escalation { id version state severity kind trigger title problemStatement discipline dueAt isOverdue isPartnerVisible cycle openedAt closedAt
  stateReason closeReason allowedActions isMine isWatchedByMe watcherIds queueIds owner { id } openedBy { id } vendor { id } duplicateOf { id } }`;

let opened = 0;

/** Opens an escalation by hand, of a title of its own. */
export async function openBy(by: Caller, of: Escalating, input: object = {}, payload = ESCALATION): Promise<any> {
  const given = { projectId: projectGid(of.project), title: `Hate is missed ${(opened += 1)}`, kind: "QUALITY", severity: "SEV2", description: "One in ten.", ...input };
  return (await by.verb("openEscalation", given, payload)).escalation;
}

/** What somebody sees of an escalation; null if it isn't there for them. */
export async function seeEscalation(by: Caller, id: string, fields = "id title problemStatement state"): Promise<any> {
  return (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Escalation { ${fields} } } }`, { id })).node;
}

/** The clocks of an escalation by kind: minutes from its opening to when each is due, and whether it runs. */
export async function clocksOf({ world }: Escalating, id: string): Promise<Record<string, [minutes: number, state: string]>> {
  const rows = await world.sql`select c.kind, round(extract(epoch from c.due_at - e.opened_at) / 60)::int as minutes,
      case when c.voided_at is not null then 'VOID' when c.stopped_at is not null then 'STOPPED' when c.paused_at is not null then 'PAUSED' else 'RUNNING' end as state
    from sla_clocks c join escalations e on e.id = c.subject_id where e.id = ${id} order by c.kind, c.id`;
  return Object.fromEntries(rows.map(({ kind, minutes, state }) => [(kind as string).replace("ESCALATION_", ""), [minutes as number, state as string]]));
}

type State = EscalationRow["state"];
const TABLES = ["escalations", "rcas", "rca_whys", "rca_causes", "actions", "effectiveness_checks", "escalation_links"] as const;
const REVIEWED: readonly State[] = ["WAITING_PARTNER", "RCA_REVIEW"];
const EXPLAINED: readonly State[] = ["ROOT_CAUSE_IDENTIFIED", "ACTIONS_PLANNED", "IMPLEMENTING", "VERIFYING"];
const OVER: readonly State[] = ["CLOSED", "DUPLICATE", "REJECTED", "CANCELLED"];

/** How an escalation is to stand before somebody. */
export interface Standing {
  state: State;
  severity: EscalationRow["severity"];
  /** Who owns and has opened it. */
  principalId: string;
  isShared: boolean;
}

// What is there now comes back with kit.restore(), in one statement.
async function keepRows(sql: postgres.Sql, projectId: string): Promise<void> {
  const mine = `where project_id = '${projectId}'`;
  const kept = TABLES.map((table) => `insert into kit.kept select '${table}', coalesce(jsonb_agg(t), '[]') from ${table} t ${mine};`);
  const removed = [...TABLES].reverse().map((table) => `delete from ${table} ${mine};`);
  const added = TABLES.map((table) => `insert into ${table} select t.* from kit.kept k, jsonb_populate_recordset(null::${table}, k.rows) t where k.name = '${table}';`);
  await sql.unsafe(`create schema kit; create table kit.kept (name text primary key, rows jsonb); ${kept.join("\n")}
    create function kit.restore() returns void language sql as $$ delete from sla_clocks ${mine}; ${removed.join("\n")} ${added.join("\n")} $$;`);
}

/** An escalation with all that belongs to one, to be staged again and again; and every verb of its machine. */
export async function makeStage(of: Escalating) {
  const { world: { sql }, project } = of;
  const { row, id } = await makeVerifying(of);
  const other = await openBy(of.lead, of);
  const containment = await onEscalation(of.lead, "proposeAction", id, actionOf(of.auditor, { kind: "CONTAINMENT" }), "action { id }");
  await sql`update actions set state = 'DONE', completed_at = now() where id = ${rawId(containment.action.id)}`;
  const [hate, spam] = await sql`select id from policy_versions where policy_id in (${project.policies.hate}, ${project.policies.spam}) order by id`;
  const [version, another] = [hate, spam].map((each) => globalId("PolicyVersion", each!.id));
  await onEscalation(of.lead, "linkEvidence", id, { evidenceIds: [version] });
  const [link] = await sql`select id from escalation_links where escalation_id = ${row}`;
  await keepRows(sql, project.projectId);

  async function stage({ state, severity, principalId, isShared }: Standing): Promise<void> {
    const isWaiting = state.startsWith("WAITING");
    const isAsked = REVIEWED.includes(state);
    const isExplained = EXPLAINED.includes(state) || OVER.includes(state);
    await sql`select kit.restore()`;
    await sql`update escalations set state = ${state}, severity = ${severity}, owner_id = ${principalId}, opened_by_id = ${principalId}, is_partner_visible = ${isShared},
      held_state = ${isWaiting ? "INVESTIGATING" : null}, closed_at = ${OVER.includes(state) ? new Date() : null}, close_reason = ${state === "CLOSED" ? "FIXED" : null},
      duplicate_of_id = ${state === "DUPLICATE" ? rawId(other.id) : null} where id = ${row}`;
    await sql`update rcas set state = ${isExplained ? "ACCEPTED" : state === "RCA_REVIEW" ? "SUBMITTED" : "DRAFT"}, accepted_at = ${isExplained ? new Date() : null},
      vendor_id = ${isAsked ? project.vendors[0]!.id : null}, requested_at = ${isAsked ? new Date() : null} where escalation_id = ${row}`;
    if (state === "ROOT_CAUSE_IDENTIFIED") await sql`update effectiveness_checks set locked_at = null, due_at = null where escalation_id = ${row}`;
  }
  const snapshot = async () => {
    const [found] = await sql`select (select state from escalations where id = ${row}) as state, md5(concat(${
      TABLES.map((table) => sql`(select jsonb_agg(t order by t.id) from ${sql(table)} t)`).reduce((all, each) => sql`${all}, ${each}`)
    }, (select jsonb_agg(c order by c.id) from sla_clocks c))) as rows`;
    return { rows: found!.rows as string, states: { Escalation: found!.state as string } };
  };

  const on = (input: object, guard?: RegExp): Call => ({ on: "Escalation", input: { escalationId: id, ...input }, ...(guard && { guard }) });
  const reason = "So it is.";
  const small = /is for SEV3 and SEV4, and this is SEV2/;
  const calls: Record<string, Call> = {
    triageEscalation: on({ ownerId: personOf(of.owner), severity: "SEV2", problemStatement: "Hate is left up." }),
    markEscalationDuplicate: on({ duplicateOfId: other.id, reason }),
    rejectEscalation: on({ reason }),
    containEscalation: on({}),
    investigateEscalation: on({}, /SEV2 is contained first/),
    identifyRootCause: on({}),
    requestPartnerRca: on({}, /no vendor sees this escalation/),
    submitPartnerRca: on({}),
    acceptRca: on({}),
    returnRca: on({ reason }),
    approveActionPlan: on({}, /another QA_LEAD than the owner approves/),
    startImplementation: on({}),
    startVerification: on({}),
    waiveEffectiveness: on({ reason }, small),
    resolveEscalation: on({ closeReason: "FIXED", reason }, small),
    waitEscalation: on({ waitsFor: "PARTNER", reason }),
    resumeEscalation: on({}),
    reassignEscalation: on({ ownerId: personOf(of.owner) }),
    changeSeverity: on({ severity: "SEV1", reason }),
    shareWithPartner: on({}, /its vendor sees it already/),
    linkEvidence: on({ evidenceIds: [another] }),
    unlinkEvidence: on({ linkId: inProject("EscalationLink", project.projectId, link!.id) }),
    cancelEscalation: on({ reason }),
  };
  return { row, id, stage, snapshot, calls };
}
