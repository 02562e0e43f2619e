import { sql } from "drizzle-orm";
import { type AnyPgColumn, boolean, check, index, integer, pgPolicy, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { code, globalKey, oneOf, real, texts, time, versioned, word } from "../db/columns.ts";
import { type Entity, entity } from "../db/entities.ts";
import { STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, rowSecurity } from "../db/policies.ts";

export const SCORECARD_VERSION_STATES = ["DRAFT", "PUBLISHED", "ARCHIVED"] as const;
export const CRITERION_KINDS = ["DECISION", "PROCESS"] as const;
export const SEVERITIES = ["CRITICAL", "MAJOR", "MINOR"] as const;
/** How a decision can be wrong: what verdicts find, and what fails a criterion. */
export const ERROR_TYPES = ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY", "WRONG_ACTION", "TECHNICAL"] as const;

// Staff read all scorecards; partners, labelers and clients those of a queue that they see. Queues' table stands above this one.
// What is still a draft is the staff's alone.
const ofSeenQueue = (scorecardId: string) => `exists (select from queues where queues.scorecard_id = ${scorecardId})`;
const readers = (rule: string) => ({
  assay_admin: everyRow,
  ...forRoles(STAFF_DB_ROLES, everyRow),
  ...forRoles(["assay_partner", "assay_partner_team", "assay_labeler", "assay_service"], sql.raw(rule)),
});

/** What auditors look at: a named series of versions. */
export const scorecards = pgTable("scorecards", {
  ...globalKey(),
  code: code("code").notNull().unique("scorecards_code"),
  name: text("name").notNull(),
  ...versioned(),
}, () => [...rowSecurity(readers(ofSeenQueue("scorecards.id")))]);

/** One state of a scorecard; an audit pins the version it was made with. */
export const scorecardVersions = pgTable("scorecard_versions", {
  ...globalKey(),
  scorecardId: uuid("scorecard_id").notNull().references(() => scorecards.id),
  number: integer("number").notNull(),
  state: word("state", SCORECARD_VERSION_STATES).notNull(),
  publishedAt: time("published_at"),
  ...versioned(),
}, (t) => [
  oneOf("scorecard_versions_state", t.state, SCORECARD_VERSION_STATES),
  unique("scorecard_versions_number").on(t.scorecardId, t.number),
  ...rowSecurity(readers(`scorecard_versions.state <> 'DRAFT' and ${ofSeenQueue("scorecard_versions.scorecard_id")}`)),
]);

/** One thing that is judged. Sections only group. */
export const criteria = pgTable("criteria", {
  ...globalKey(),
  scorecardId: uuid("scorecard_id").notNull().references(() => scorecards.id),
  scorecardVersionId: uuid("scorecard_version_id").notNull().references(() => scorecardVersions.id),
  code: code("code").notNull(),
  name: text("name").notNull(),
  section: text("section"),
  position: integer("position").notNull(),
  kind: word("kind", CRITERION_KINDS).notNull(),
  weight: real("weight").notNull(),
  severity: word("severity", SEVERITIES).notNull(),
  isBonus: boolean("is_bonus").notNull().default(false),
  isNaAllowed: boolean("is_na_allowed").notNull().default(false),
  isBlindSafe: boolean("is_blind_safe").notNull().default(false),
  /** The error types that fail a DECISION criterion; any other judges it not at all. */
  failsOn: texts("fails_on").notNull().default(sql`'{}'`),
}, (t) => [
  oneOf("criteria_kind", t.kind, CRITERION_KINDS),
  oneOf("criteria_severity", t.severity, SEVERITIES),
  check("criteria_weight", sql`${t.weight} > 0`),
  unique("criteria_code").on(t.scorecardVersionId, t.code),
  ...rowSecurity(readers("exists (select from scorecard_versions v where v.id = criteria.scorecard_version_id)")),
  // What audits were made with never changes: a criterion is deleted while its version is a draft, or never.
  pgPolicy("drafts_only", {
    as: "restrictive",
    for: "delete",
    using: sql`exists (select from scorecard_versions v where v.id = ${t.scorecardVersionId} and v.state = 'DRAFT')`,
  }),
]);

/** A kind of error in a scorecard's tree; findings name its leaves. */
export const errorCodes = pgTable("error_codes", {
  ...globalKey(),
  scorecardId: uuid("scorecard_id").notNull().references(() => scorecards.id),
  code: code("code").notNull(),
  name: text("name").notNull(),
  parentId: uuid("parent_id").references((): AnyPgColumn => errorCodes.id),
  severity: word("severity", SEVERITIES).notNull(),
  /** No code stands below it. */
  isLeaf: boolean("is_leaf").notNull().default(true),
  /** Since when it is no longer given; what has it keeps it. */
  retiredAt: time("retired_at"),
  ...versioned(),
}, (t) => [
  oneOf("error_codes_severity", t.severity, SEVERITIES),
  unique("error_codes_code").on(t.scorecardId, t.code),
  index("error_codes_parent").on(t.parentId),
  ...rowSecurity(readers(ofSeenQueue("error_codes.scorecard_id"))),
]);

export type ScorecardRow = typeof scorecards.$inferSelect;
export type ScorecardVersionRow = typeof scorecardVersions.$inferSelect & { scorecard?: ScorecardRow | null };
export type CriterionRow = typeof criteria.$inferSelect;
export type ErrorCodeRow = typeof errorCodes.$inferSelect & { parent?: ErrorCodeRow | null; scorecard?: ScorecardRow | null };

export const scorecardEntity = entity<ScorecardRow>("Scorecard", scorecards);
export const scorecardVersionEntity = entity<ScorecardVersionRow>("ScorecardVersion", scorecardVersions, {
  scorecard: { entity: () => scorecardEntity, column: "scorecardId" },
});
export const criterionEntity = entity<CriterionRow>("Criterion", criteria);
export const errorCodeEntity: Entity<ErrorCodeRow> = entity<ErrorCodeRow>("ErrorCode", errorCodes, {
  parent: { entity: () => errorCodeEntity, column: "parentId" },
  scorecard: { entity: () => scorecardEntity, column: "scorecardId" },
});
