import { type SQL, sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import { array, isAmong } from "../db/arrays.ts";
import type { AUDIT_LAYERS, SAMPLE_PURPOSES, TENURE_BUCKETS } from "../plans/table.ts";
import type { MODALITIES } from "../projects/table.ts";
import type { FactChoice } from "../rollups/facts.table.ts";

/** What a set of decisions is known to be about; an absent list means anything. */
export interface Reach {
  projectIds?: string[];
  queueIds?: string[];
  markets?: string[];
  vendorIds?: string[];
  siteIds?: string[];
  teamIds?: string[];
  labelerIds?: string[];
  policyIds?: string[];
  truthPolicyIds?: string[];
  /** Chosen by the labeler or true. */
  eitherPolicyIds?: string[];
  policyVersionIds?: string[];
  actions?: string[];
  modalities?: (typeof MODALITIES)[number][];
  languages?: string[];
  tenureBuckets?: (typeof TENURE_BUCKETS)[number][];
}

/** A stretch of time, and the calendar that cuts it: weeks begin on `weekStart`, 0 for Monday to 6 for Sunday. */
export interface Period {
  from: Date;
  to: Date;
  timeZone: string;
  weekStart: number;
}

export const TIME_AXES = ["DECIDED_AT", "AUDITED_AT", "PUBLISHED_AT"] as const;
export type TimeAxis = (typeof TIME_AXES)[number];
export type ScoreTime = FactChoice["score"];
export type Layer = (typeof AUDIT_LAYERS)[number];
export type Purpose = (typeof SAMPLE_PURPOSES)[number];

/** Which audits are read, and which of their verdicts. */
export interface AuditReading {
  timeAxis: TimeAxis;
  layers: readonly Layer[];
  purposes: readonly Purpose[];
  score: ScoreTime;
  asOf: Date | null;
}

/** The column of a fact that an axis reads. */
export const AXIS_COLUMNS: Record<TimeAxis, SQL> = {
  DECIDED_AT: sql`f.decided_at`,
  AUDITED_AT: sql`f.submitted_at`,
  PUBLISHED_AT: sql`f.published_at`,
};

/** Days since hire on the day of the decision in the project's zone, as a bucket; null where the labeler has no such day. */
export const TENURE_BUCKET = (() => {
  const days = sql.raw(`(f.decided_at at time zone (select z.time_zone from projects z where z.id = f.project_id))::date
      - (select l.hired_on from labelers l where l.id = f.labeler_id)`);
  return sql`(select case when d.days < 0 then null when d.days <= 30 then 'D0_30' when d.days <= 90 then 'D31_90'
      when d.days <= 180 then 'D91_180' when d.days > 180 then 'D181_UP' end from (select ${days} as days) d)`;
})();

const COLUMNS: Record<Exclude<keyof Reach, "eitherPolicyIds">, readonly [column: SQL, type: "uuid" | "text"]> = {
  projectIds: [sql`f.project_id`, "uuid"],
  queueIds: [sql`f.queue_id`, "uuid"],
  markets: [sql`f.market`, "text"],
  vendorIds: [sql`f.vendor_id`, "uuid"],
  siteIds: [sql`f.site_id`, "uuid"],
  teamIds: [sql`f.team_id`, "uuid"],
  labelerIds: [sql`f.labeler_id`, "uuid"],
  policyIds: [sql`f.policy_id`, "uuid"],
  truthPolicyIds: [sql`f.truth_policy_id`, "uuid"],
  policyVersionIds: [sql`f.policy_version_id`, "uuid"],
  actions: [sql`f.action`, "text"],
  modalities: [sql`f.modality`, "text"],
  languages: [sql`f.language`, "text"],
  tenureBuckets: [TENURE_BUCKET, "text"],
};

/** What is among the reach, of rows `f` with the facts of a decision: the one reading of a reach. */
export function inReach({ eitherPolicyIds, ...reach }: Reach): SQL {
  const lists = Object.entries(reach) as [keyof typeof COLUMNS, string[] | undefined][];
  const among = lists.flatMap(([name, values]) => {
    const [column, type] = COLUMNS[name];
    return values ? [isAmong(column, values, type)] : [];
  });
  const either = eitherPolicyIds && array(eitherPolicyIds, "uuid");
  return sql.join([...among, ...(either ? [sql`(f.policy_id = any (${either}) or f.truth_policy_id = any (${either}))`] : [])], sql` and `);
}

/** Ids, which carry their time, of a period: a filter on the time itself would prune no partition. */
export function inIds(column: SQL, { from, to }: Pick<Period, "from" | "to">): SQL {
  return sql`${column} >= ${idFloor(from)}::uuid and ${column} < ${idFloor(to)}::uuid`;
}

/** What is in the period, of facts `f`. An audit's id carries the time of its claim, before which nothing of it happened. */
export function onAxis(axis: TimeAxis, period: Period): SQL {
  if (axis === "DECIDED_AT") return inIds(sql`f.decision_id`, period);
  const [from, to] = [period.from.toISOString(), period.to.toISOString()];
  return sql`${AXIS_COLUMNS[axis]} >= ${from}::timestamptz and ${AXIS_COLUMNS[axis]} < ${to}::timestamptz and f.audit_id < ${idFloor(period.to)}::uuid`;
}

/** What of the facts `f` is read: of the reach, in the period, of these layers and purposes. */
export function isRead({ timeAxis, layers, purposes }: AuditReading, reach: Reach, period: Period): SQL {
  return sql`${inReach(reach)} and ${onAxis(timeAxis, period)} and ${isAmong(sql`f.layer`, layers, "text")} and f.purpose = any (${array(purposes, "text")})`;
}

/** How a dimension is read of a row `f` with the facts of a decision. */
interface Split {
  column: (day: SQL, weekStart: number) => SQL;
  /** Read of the policy that the labeler chose, `h`. */
  ofPolicy?: true;
  /** A class of errors: a column of the verdict, or of the findings `g` that failed. */
  errorClass?: "VERDICT" | string;
}

const of = (column: string): Split => ({ column: () => sql.raw(`f.${column}`) });
const finding = (column: string): Split => ({ column: () => sql.raw(`g.${column}::text`), errorClass: column });

// Weeks are counted from one, in whole numbers of days: of a million rows, a tenth of what it takes to ask each for its weekday. This was a Monday.
const firstWeek = (weekStart: number) => sql.raw(`date '0001-01-0${1 + weekStart}'`);

/** The SQL of every dimension. Days are dates, which are written as text only where they leave the database. */
export const SPLITS = {
  PROJECT: of("project_id"),
  QUEUE: { column: () => sql`(f.project_id || ':' || f.queue_id) collate "C"` },
  MARKET: of("market"),
  VENDOR: of("vendor_id"),
  SITE: of("site_id"),
  TEAM: of("team_id"),
  LABELER: of("labeler_id"),
  AUDITOR: of("auditor_id"),
  APPELLANT: of("raised_by_id"),
  POLICY: of("policy_id"),
  TRUTH_POLICY: of("truth_policy_id"),
  POLICY_VERSION: of("policy_version_id"),
  ACTION: of("action"),
  HARM_CATEGORY: { column: () => sql`h.harm_category`, ofPolicy: true },
  ERROR_TYPE: { ...of("error_type"), errorClass: "VERDICT" },
  SEVERITY: { ...of("severity"), errorClass: "VERDICT" },
  ERROR_CODE: finding("error_code_id"),
  CRITERION: finding("criterion_id"),
  ERROR_CAUSE: finding("cause"),
  GOLDEN_RULE: of("golden_rule"),
  MODALITY: of("modality"),
  LANGUAGE: of("language"),
  TENURE_BUCKET: { column: () => TENURE_BUCKET },
  LAYER: of("layer"),
  PURPOSE: of("purpose"),
  CLOCK_KIND: of("kind"),
  ESCALATION_SEVERITY: of("severity"),
  DAY: { column: (day) => day },
  WEEK: { column: (day, weekStart) => sql`(${firstWeek(weekStart)} + (${day} - ${firstWeek(weekStart)}) / 7 * 7)` },
  MONTH: { column: (day) => sql`date_trunc('month', ${day}::timestamp)::date` },
} satisfies Record<string, Split>;

export type Dimension = keyof typeof SPLITS;

/**
 * The columns of these dimensions, as k0, k1 ..., weeks and months cut of the local `day`; the joins that they need behind `f`; and which of them are
 * classes of errors. Findings of one verdict that are alike by the dimensions count once; a bonus that wasn't earned is no error.
 */
export function splitBy(dimensions: readonly Dimension[], day: SQL, weekStart: number) {
  const splits = dimensions.map((dimension): Split => SPLITS[dimension]);
  const read = splits.map(({ column }) => column(day, weekStart));
  const ofFindings = splits.flatMap(({ errorClass }) => (errorClass && errorClass !== "VERDICT" ? [sql.raw(`x.${errorClass}`)] : []));
  const joins = [
    ...(splits.some(({ ofPolicy }) => ofPolicy) ? [sql`left join policies h on h.id = f.policy_id`] : []),
    ...(ofFindings.length > 0 ? [sql`cross join lateral (select distinct ${sql.join(ofFindings, sql`, `)} from findings x
      where x.project_id = f.project_id and x.verdict_id = f.verdict_id and x.result = 'FAIL' and x.criterion_id not in (select bonus_criteria())) g`] : []),
  ];
  return {
    columns: sql.join(read.map((column, index) => sql`${column} as ${sql.raw(`k${index}`)}, `)),
    joins: sql.join(joins, sql` `),
    classes: read.filter((_, index) => splits[index]!.errorClass),
  };
}

/** Counted rows with the values of the dimensions that they were split by, in their order. */
export function withKeys<Row extends object>(rows: readonly Row[], dimensions: readonly Dimension[]): (Row & { keys: (string | null)[] })[] {
  const names = dimensions.map((_, index) => `k${index}`);
  return rows.map((row) => Object.assign(row, { keys: names.map((name) => (row as Record<string, string | null>)[name]!) }));
}
