import { addBusinessHours } from "../core/business.ts";
import { allowedActions } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import type { ProjectSettings } from "../projects/table.ts";
import type { SampleRow } from "../samples/table.ts";
import { AUDIT_MACHINE, auditParts, type AuditVerb, minutesAfter, type OfParts } from "./rules.ts";
import type { AuditRow } from "./table.ts";

type Lease = Pick<SampleRow, "state" | "leaseUntil">;

const OF_A_LEASE: readonly AuditVerb[] = ["lockTruth", "submitAudit", "skipSample", "releaseSample"];

/**
 * The viewer's verbs that are possible now: those of the machine, less those that need a lease that has ended. `lease` is the audit's sample;
 * null where the viewer doesn't see it.
 */
export function possibleActions(viewer: Viewer, audit: OfParts & Pick<AuditRow, "state">, lease: Lease | null, now: Date): AuditVerb[] {
  const actions = allowedActions(AUDIT_MACHINE, audit.state, auditParts(viewer, audit));
  if (audit.role !== "PRIMARY" || !["DRAFT", "REVEALED"].includes(audit.state)) return actions;
  const isLeased = lease?.state === "IN_AUDIT";
  const isValid = isLeased && lease.leaseUntil! > now;
  return actions.filter((verb) => !OF_A_LEASE.includes(verb) || (audit.state === "DRAFT" && /lockTruth|submitAudit/.test(verb) ? isValid : isLeased));
}

/** When an audit submitted now is published by itself, which may be at once; null where the project publishes in batches, by hand. */
export function publishDueAt(now: Date, settings: ProjectSettings): Date | null {
  return settings.publication === "BATCHES" ? null : minutesAfter(now, settings.publishDelayMinutes);
}

const WINDOW_HOURS = 48;

/**
 * Until when audits published at this time may be contested: 48 open hours later in each of these zones (`domain.md` section 8,
 * APPEAL_FILING).
 */
export function windowsIn(publishedAt: Date, timeZones: readonly string[]): Date[] {
  const ends = new Map([...new Set(timeZones)].map((zone) => [zone, addBusinessHours(publishedAt, WINDOW_HOURS, zone)]));
  return timeZones.map((zone) => ends.get(zone)!);
}
