import { and, or, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { type Asked, isAsked } from "../events/about.ts";
import { areWithin, SEALED } from "../events/range.ts";
import { CLIENT_SCOPES } from "./rules.ts";
import type { WebhookDeliveryRow, WebhookEndpointRow } from "./table.ts";

/** An endpoint that events wait for, with how far its project's are sealed, and whether its owner still may what they made it as. */
export type Behind = Pick<WebhookEndpointRow, "projectId" | "id" | "eventTypes" | "filter" | "ownerId" | "role" | "vendorId" | "teamId" | "labelerId" | "cursorSeq" | "state"> & {
  head: number;
  isStanding: boolean;
};

const wordsOf = (text: unknown): string[] => (text ? String(text).split(" ") : []);

/** Active endpoints behind their project's events, locked; those that another process serves at this moment are left to it. */
export async function lockBehind(db: Db, limit: number): Promise<Behind[]> {
  const rows = await db.execute<Record<keyof Behind, unknown>>(sql`/* webhooksBehind */
    select e.project_id as "projectId", e.id, array_to_string(e.event_types, ' ') as "eventTypes", e.filter::text as filter, e.owner_id as "ownerId", e.role, e.vendor_id as "vendorId", e.team_id as "teamId",
      e.labeler_id as "labelerId", e.cursor_seq::text as "cursorSeq", e.state, head.seq::text as head,
      exists (select from role_grants g join principals p on p.id = g.principal_id where g.principal_id = e.owner_id and g.role = e.role
        and (g.project_id = e.project_id or g.project_id is null) and g.vendor_id is not distinct from e.vendor_id and g.team_id is not distinct from e.team_id
        and g.labeler_id is not distinct from e.labeler_id and g.revoked_at is null and not g.is_pending and (g.expires_at is null or g.expires_at > clock_timestamp())
        and p.deactivated_at is null)
      and (e.role <> 'SERVICE' or exists (select from api_clients k where k.principal_id = e.owner_id and k.revoked_at is null and k.expires_at > clock_timestamp()
        and k.scopes @> ${array([...CLIENT_SCOPES], "text")})) as "isStanding"
    from webhook_endpoints e join lateral (select seq from event_seals s where s.project_id = e.project_id order by seq desc limit 1) head on head.seq > e.cursor_seq
    where e.state = 'ACTIVE' order by e.cursor_seq limit ${limit} for update of e skip locked`);
  return rows.map(({ filter, ...row }) => (
    { ...row, eventTypes: wordsOf(row.eventTypes), filter: filter ? JSON.parse(filter as string) : null, cursorSeq: Number(row.cursorSeq), head: Number(row.head) } as Behind
  ));
}

/** An event that an endpoint's owner sees. */
export interface SeenEvent {
  seq: number;
  eventId: string;
  type: string;
}

/** Which events of a stretch of a project's order are looked for, and how many. */
export interface Stretch {
  projectId: string;
  after: number;
  upTo: number;
  /** All if none, `x.*` for all of x. */
  types: readonly string[];
  /** Any of these; all if none. */
  asked: readonly Asked[];
  limit: number;
}

/** The events of a stretch that the asking identity sees, in order. */
export async function listSeen(db: Db, { projectId, types, asked, limit, ...range }: Stretch): Promise<SeenEvent[]> {
  const patterns = types.map((type) => type.replaceAll("_", "\\_").replace(/\*$/, "%"));
  const isOfType = types.length === 0 ? undefined : sql`events.type like any (${array(patterns, "text")})`;
  const rows = await db.execute<{ seq: string; eventId: string; type: string }>(sql`/* webhookEvents */
    select event_seals.seq::text as seq, events.id as "eventId", events.type from ${SEALED}
    where ${and(areWithin(projectId, range), isOfType, or(...asked.map(isAsked)))} order by event_seals.seq limit ${limit}`);
  return rows.map(({ seq, ...row }) => ({ ...row, seq: Number(seq) }));
}

/** Notes how far endpoints have looked. */
export async function moveCursors(db: Db, moved: readonly (ProjectKey & { seq: number })[]): Promise<void> {
  await db.execute(sql`/* webhookCursors */ update webhook_endpoints e set cursor_seq = m.seq
    from unnest(${array(moved.map(({ projectId }) => projectId), "uuid")}, ${array(moved.map(({ id }) => id), "uuid")}, ${array(moved.map(({ seq }) => seq), "bigint")})
      as m(project_id, id, seq) where e.project_id = m.project_id and e.id = m.id`);
}

/** A delivery to be tried now, with all that is sent. */
export type Claimed = Pick<WebhookDeliveryRow, "projectId" | "id" | "endpointId" | "eventType" | "attempts" | "replayOfId"> & {
  url: string;
  vendorId: string | null;
  secrets: string[];
  event: {
    seq: number; subjectType: string; subjectId: string; fromState: string | null; toState: string | null; reason: string | null;
    payload: Record<string, unknown>; recordedAt: string;
  } | null;
};

/**
 * Takes deliveries of active endpoints whose time has come, so that no other process tries them before `until`: at most `perEndpoint` of an endpoint, and one
 * of an endpoint that failed last, none of those that are busy.
 */
export async function claimDue(
  db: Db,
  now: Date,
  { until, most, perEndpoint, busyIds }: { until: Date; most: number; perEndpoint: number; busyIds: readonly string[] },
): Promise<Claimed[]> {
  const rows = await db.execute<Record<string, unknown>>(sql`/* dueDeliveries */
    with first as (
      select w.project_id, w.id from webhook_endpoints e cross join lateral (
        select project_id, id, next_attempt_at from webhook_deliveries
        where project_id = e.project_id and endpoint_id = e.id and next_attempt_at <= ${now.toISOString()}::timestamptz
        order by next_attempt_at, id limit case when e.failures > 0 then 1 else ${perEndpoint}::int end) w
      where e.state = 'ACTIVE' and e.id <> all (${array(busyIds, "uuid")}) order by w.next_attempt_at limit ${most}),
    due as (select d.project_id, d.id from webhook_deliveries d join first on first.project_id = d.project_id and first.id = d.id
      where d.next_attempt_at <= ${now.toISOString()}::timestamptz for update of d skip locked)
    update webhook_deliveries d set attempts = d.attempts + 1, next_attempt_at = ${until.toISOString()}::timestamptz, updated_at = ${now.toISOString()}::timestamptz
    from due, webhook_endpoints e where d.project_id = due.project_id and d.id = due.id and e.project_id = d.project_id and e.id = d.endpoint_id
    returning d.project_id as "projectId", d.id, d.endpoint_id as "endpointId", d.event_type as "eventType", d.attempts, d.replay_of_id as "replayOfId", e.url, e.vendor_id as "vendorId",
      (select string_agg(s.secret, ' ' order by s.ends_at nulls first) from webhook_secrets s where s.project_id = d.project_id and s.endpoint_id = d.endpoint_id
        and (s.ends_at is null or s.ends_at > ${now.toISOString()}::timestamptz)) as secrets,
      (select jsonb_build_object('seq', d.seq, 'subjectType', v.subject_type, 'subjectId', v.subject_id, 'fromState', v.from_state, 'toState', v.to_state,
        'reason', v.reason, 'payload', v.payload, 'recordedAt', to_char(v.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text
        from events v where v.project_id = d.project_id and v.id = d.event_id) as event`);
  return rows.map((row) => ({ ...row, secrets: wordsOf(row.secrets), event: row.event ? JSON.parse(row.event as string) : null }) as unknown as Claimed);
}

/** What came of an attempt. */
export interface Attempted extends ProjectKey {
  endpointId: string;
  state: WebhookDeliveryRow["state"];
  nextAttemptAt: Date | null;
  status: number | null;
  error: string | null;
  ms: number;
}

/** Notes what came of attempts, and how often their endpoints have failed since something went through. */
export async function noteAttempts(db: Db, attempts: readonly Attempted[], now: Date): Promise<void> {
  const column = <Name extends keyof Attempted>(name: Name, type: string) => array(attempts.map((each) => each[name]), type);
  await db.execute(sql`/* noteAttempts */ update webhook_deliveries d set state = a.state, next_attempt_at = a.next, last_status = a.status, last_error = a.error, last_ms = a.ms,
      delivered_at = case when a.state = 'DELIVERED' then ${now.toISOString()}::timestamptz end, updated_at = ${now.toISOString()}::timestamptz
    from unnest(${column("projectId", "uuid")}, ${column("id", "uuid")}, ${column("state", "text")}, ${column("nextAttemptAt", "timestamptz")}, ${column("status", "int")},
      ${column("error", "text")}, ${column("ms", "int")}) as a(project_id, id, state, next, status, error, ms)
    where d.project_id = a.project_id and d.id = a.id and d.state <> 'DELIVERED'`);
  await db.execute(sql`/* noteFailures */ update webhook_endpoints e set failures = case when a.taken then 0 else e.failures + a.failed end
    from (select project_id, id, bool_or(state = 'DELIVERED') as taken, count(*) filter (where state <> 'DELIVERED')::int as failed
      from unnest(${column("projectId", "uuid")}, ${column("endpointId", "uuid")}, ${column("state", "text")}) as t(project_id, id, state) group by 1, 2) a
    where e.project_id = a.project_id and e.id = a.id and (a.failed > 0 or e.failures > 0)`);
}
