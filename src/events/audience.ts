import { sql, type SQL } from "drizzle-orm";
import { type AnyPgColumn, boolean, uuid } from "drizzle-orm/pg-core";
import { everyRow, inProjects, isMe, isMyLabeler, isMyTeam, isMyVendor, isMyVendorIfAny, type RowRules } from "../db/policies.ts";

/** Columns of a row that may be about anything: who may see what it is about, as an event says it. */
export function audienceColumns() {
  return {
    vendorId: uuid("vendor_id"),
    teamId: uuid("team_id"),
    labelerId: uuid("labeler_id"),
    /** The auditor whose own work it is about. */
    auditorId: uuid("auditor_id"),
    /** Auditors of the project may see it. */
    isStaffVisible: boolean("is_staff_visible").notNull(),
    /** The vendor, team and labeler named may see it. */
    isPartnerVisible: boolean("is_partner_visible").notNull(),
  };
}

// What all of a vendor's people see, of whichever team they are: it is about none.
const OF_WHOLE_VENDOR = ["Escalation", "Rca", "Action", "Lot", "PolicyQuestion"];

/** The row is about the viewer's team, or about something, of one of `others` too, that is no team's. */
export function isForMyTeam(t: Record<"teamId" | "subjectType", AnyPgColumn>, others: readonly string[] = []): SQL {
  const types = sql.raw([...OF_WHOLE_VENDOR, ...others].map((type) => `'${type}'`).join(", "));
  return sql`(${isMyTeam(t.teamId)} or ${t.subjectType} in (${types}))`;
}

type AudienceTable = Record<"projectId" | "subjectType" | "vendorId" | "teamId" | "labelerId" | "auditorId" | "isStaffVisible" | "isPartnerVisible", AnyPgColumn>;

/** Row security of such a row: leads, policy managers and analysts see their projects', auditors and partners what it is addressed to them for. */
export function audienceRules(t: AudienceTable): RowRules {
  const mine = (...rules: SQL[]) => rules.reduce((all, rule) => sql`${all} and ${rule}`, inProjects(t.projectId));
  const shown = sql`${t.isPartnerVisible}`;
  return {
    assay_admin: everyRow,
    assay_lead: mine(),
    assay_policy: mine(),
    assay_analyst: mine(),
    assay_auditor: mine(sql`(${t.isStaffVisible} or ${isMe(t.auditorId)})`),
    assay_partner: mine(shown, isMyVendor(t.vendorId)),
    assay_partner_team: mine(shown, isMyVendor(t.vendorId), isForMyTeam(t)),
    assay_labeler: mine(shown, isMyLabeler(t.labelerId)),
    assay_service: mine(shown, isMyVendorIfAny(t.vendorId)),
  };
}
