import { type SQL, sql } from "drizzle-orm";
import { SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { StratumDimension } from "../plans/table.ts";
import type { FrameSpec, StratumValues } from "./rules.ts";

/** A range of decision ids, from `from` (inclusive) to `to` (exclusive). */
export interface Slice {
  from: string;
  to: string;
}

const tenure = sql.raw("(d.decided_at at time zone (select time_zone from projects where id = d.project_id))::date - l.hired_on");

// `d` is a decision, `l` its labeler. Null where a decision has none.
const DIMENSIONS: Record<StratumDimension, SQL> = {
  QUEUE: sql`d.queue_id`,
  MARKET: sql`d.market`,
  VENDOR: sql`d.vendor_id`,
  SITE: sql`d.site_id`,
  TEAM: sql`d.team_id`,
  LABELER: sql`d.labeler_id`,
  LABELER_KIND: sql`l.kind`,
  POLICY: sql`d.policy_id`,
  ACTION: sql`d.action`,
  MODALITY: sql`d.modality`,
  LANGUAGE: sql`d.language`,
  TENURE_BUCKET: sql`case when ${tenure} < 0 then null when ${tenure} <= 30 then 'D0_30' when ${tenure} <= 90 then 'D31_90'
    when ${tenure} <= 180 then 'D91_180' when ${tenure} > 180 then 'D181_UP' end`,
};

const COVERS: Record<FrameSpec["frameCovers"], SQL> = {
  ALL: sql``,
  VIOLATING_ONLY: sql` and d.policy_id in (select id from policies where is_violating)`,
  NON_VIOLATING_ONLY: sql` and d.policy_id in (select id from policies where not is_violating)`,
};

// Who leaves never having gone live left from nesting, if they ever were in it: only their events say so.
const leftNesting = sql`l.status = 'OFFBOARDED' and l.go_live_at is null and exists (select from events e
  where e.project_id = ${SYSTEM_PROJECT_ID} and e.subject_id = l.id and e.type = 'labeler.nesting')`;

// In nesting now, or when they decided.
const isNesting = sql`(l.status = 'NESTING' or l.paused_from = 'NESTING' or d.decided_at < l.go_live_at or (${leftNesting}))`;

const PURPOSES: Record<FrameSpec["purpose"], SQL> = {
  RANDOM: sql` and ${isNesting} is not true`,
  RISK: sql` and ${isNesting} is not true`,
  RAMP: sql` and ${isNesting}`,
  GOLDEN: sql` and exists (select from golden_items g where g.project_id = d.project_id and g.content_hash = d.content_hash
    and g.status = 'ACTIVE' and d.decided_at >= g.active_from and (g.active_to is null or d.decided_at < g.active_to))`,
  TARGETED: sql` and false`,
};

/** True for rows whose column holds one of the values, and for all if none are given. */
export function anyOf(column: SQL, values: readonly string[] | undefined, type = "text"): SQL {
  return values && values.length > 0 ? sql` and ${column} = any (${array(values, type)})` : sql``;
}

function risks({ riskFrom, riskTo }: FrameSpec["frame"]): SQL {
  const low = riskFrom === undefined ? sql`` : sql` and d.risk_score >= ${riskFrom}::float8`;
  return riskTo === undefined ? low : sql`${low} and d.risk_score < ${riskTo}::float8`;
}

/** Decisions `d` of a slice that pass the filter, with their labelers `l`. A range of ids is what prunes partitions. */
export function frameOf({ projectId, purpose, frame, frameCovers }: FrameSpec, { from, to }: Slice): SQL {
  const filter = sql.join([
    anyOf(sql`d.queue_id`, frame.queueIds, "uuid"), anyOf(sql`d.market`, frame.markets), anyOf(sql`d.vendor_id`, frame.vendorIds, "uuid"),
    anyOf(sql`d.labeler_id`, frame.labelerIds, "uuid"), anyOf(sql`d.policy_id`, frame.policyIds, "uuid"),
    anyOf(sql`d.action`, frame.actions),
    anyOf(sql`d.modality`, frame.modalities), anyOf(sql`d.language`, frame.languages), anyOf(sql`l.kind`, frame.labelerKinds),
    anyOf(DIMENSIONS.TENURE_BUCKET, frame.tenureBuckets), risks(frame), COVERS[frameCovers], PURPOSES[purpose],
  ]);
  return sql`decisions d join labelers l on l.id = d.labeler_id
    where d.project_id = ${projectId} and d.id >= ${from}::uuid and d.id < ${to}::uuid${filter}`;
}

/** What can be drawn of it: where chances follow the risk score, it must have one. */
export function isDrawable({ method }: FrameSpec): SQL {
  return method === "PPS" ? sql`(d.risk_score > 0) is true` : sql`true`;
}

/** Columns of a subselect by which strata are told apart: as they are, since texts of ids take longer to compare. */
export function keyColumns(strataBy: readonly StratumDimension[]): SQL {
  return sql.join(strataBy.map((dimension, index) => sql`${DIMENSIONS[dimension]} as ${sql.raw(`k${index}`)}, `));
}

/** They as texts, from a subselect. */
export function keyTexts(strataBy: readonly StratumDimension[]): SQL {
  return sql.raw(strataBy.map((_, index) => `k${index}::text, `).join(""));
}

/** Groups by them, of the subselect c. */
export function grouping(strataBy: readonly StratumDimension[]): SQL {
  return sql.raw(strataBy.length === 0 ? "" : ` group by ${strataBy.map((_, index) => `c.k${index}`).join(", ")}`);
}

/** Their values in a row of texts. */
export function valuesIn(row: Record<string, unknown>, strataBy: readonly StratumDimension[]): StratumValues {
  return Object.fromEntries(strataBy.map((dimension, index) => [dimension, row[`k${index}`] as string | null]));
}

/** `codeOf` in SQL. */
export function codeColumn(strataBy: readonly StratumDimension[]): SQL {
  const texts = strataBy.map((dimension) => sql`coalesce((${DIMENSIONS[dimension]})::text, '')`);
  return texts.length === 0 ? sql`''` : sql.join(texts, sql` || E'\n' || `);
}
