import { gt, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import type { Audience } from "../events/outbox.ts";
import { messageEntity, type MessageRow, messages, threadEntity, type ThreadRow } from "./table.ts";

/** What of a thread may be asked for. */
export interface ThreadFilter {
  visibilities?: ThreadRow["visibility"][] | null;
  updatedAfter?: Date | null;
}

export const threadList: List<ThreadRow, ThreadFilter> = {
  entity: threadEntity,
  where: (t, { visibilities, updatedAfter }) => [
    anyOf(t.visibility!, visibilities),
    updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** What of a message may be asked for. */
export interface MessageFilter {
  sentAfter?: Date | null;
}

export const messageList: List<MessageRow, MessageFilter> = {
  entity: messageEntity,
  where: (t, { sentAfter }) => [sentAfter ? gt(t.sentAt!, sentAfter) : undefined],
  orders: { ID: "id" },
};

/** A subject's thread, that is there after this or was before. */
export type Opened = ProjectKey & Pick<ThreadRow, "subjectType" | "subjectId" | "visibility">;

/**
 * Opens a subject's thread, or takes up the one that is there; its id. Locked until the transaction ends, and seen from now on by whoever
 * sees the subject now. As the system: nobody else writes threads.
 */
export async function openThread(db: Db, { projectId, id, subjectType, subjectId, visibility }: Opened, audience: Audience, now: Date): Promise<string> {
  const { vendorId = null, teamId = null, labelerId = null, auditorId = null, isStaffVisible = false, isPartnerVisible = false } = audience;
  const [row] = await db.execute<{ id: string }>(sql`/* openThread */
    insert into threads (project_id, id, subject_type, subject_id, visibility, last_message_at, created_at, updated_at, vendor_id, team_id, labeler_id,
      auditor_id, is_staff_visible, is_partner_visible)
    values (${projectId}, ${id}, ${subjectType}, ${subjectId}, ${visibility}, ${at(now)}, ${at(now)}, ${at(now)}, ${vendorId}, ${teamId}, ${labelerId},
      ${auditorId}, ${isStaffVisible}, ${isPartnerVisible})
    on conflict (project_id, subject_id, visibility) do update set last_message_at = excluded.last_message_at, updated_at = excluded.updated_at,
      vendor_id = excluded.vendor_id, team_id = excluded.team_id, labeler_id = excluded.labeler_id, auditor_id = excluded.auditor_id,
      is_staff_visible = excluded.is_staff_visible, is_partner_visible = excluded.is_partner_visible
    returning id`);
  return row!.id;
}

/** Says something in a thread that the viewer sees. */
export async function insertMessage(db: Db, row: typeof messages.$inferInsert): Promise<void> {
  await db.insert(messages).values(row);
}
