import { projectGid } from "./samples.ts";
import type { Escalating } from "./rcas.ts";
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

/** The clocks of an escalation by kind: minutes from its opening to when each is due, and whether it runs. */
export async function clocksOf({ world }: Escalating, id: string): Promise<Record<string, [minutes: number, state: string]>> {
  const rows = await world.sql`select c.kind, round(extract(epoch from c.due_at - e.opened_at) / 60)::int as minutes,
      case when c.voided_at is not null then 'VOID' when c.stopped_at is not null then 'STOPPED' when c.paused_at is not null then 'PAUSED' else 'RUNNING' end as state
    from sla_clocks c join escalations e on e.id = c.subject_id where e.id = ${id} order by c.kind, c.id`;
  return Object.fromEntries(rows.map(({ kind, minutes, state }) => [(kind as string).replace("ESCALATION_", ""), [minutes as number, state as string]]));
}
