import { type SQL, sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, texts, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { inProjects, isMe, type RowRules, rowSecurity } from "../db/policies.ts";
import { audienceColumns, audienceRules } from "../events/audience.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";

export const THREAD_VISIBILITIES = ["INTERNAL", "PARTNER"] as const;

const ofVisibleAppeal = sql.raw(`(threads.subject_type <> 'Appeal'
  or exists (select from appeals a where a.project_id = threads.project_id and a.id = threads.subject_id))`);

/** What is said about a subject, among staff or with the partner concerned: one of each a subject at most. */
export const threads = pgTable("threads", {
  ...projectKey(),
  subjectType: code("subject_type").notNull(),
  subjectId: uuid("subject_id").notNull(),
  visibility: word("visibility", THREAD_VISIBILITIES).notNull(),
  /** When something was said last. */
  lastMessageAt: time("last_message_at"),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
  ...audienceColumns(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  oneOf("threads_visibility", t.visibility, THREAD_VISIBILITIES),
  check("threads_partner_visible", sql`not ${t.isPartnerVisible} or ${t.visibility} = 'PARTNER'`),
  unique("threads_subject").on(t.projectId, t.subjectId, t.visibility),
  ...rowSecurity(whereSubjectIsSeen({
    ...audienceRules(t),
    // Which auditors see an appeal changes with its tier and its reviewers, so that is asked of the appeal alone.
    assay_auditor: sql`${inProjects(t.projectId)} and (${t.subjectType} = 'Appeal' or ${t.isStaffVisible} or ${isMe(t.auditorId)})`,
  })),
]);

// An appeal may be hidden from some of those to whom its words are addressed: who must yet judge its decision blindly. Analysts read no words.
function whereSubjectIsSeen({ assay_analyst: _, ...rules }: RowRules): RowRules {
  return Object.fromEntries(Object.entries(rules).map(([role, rule]) => [role, sql`${rule as SQL} and ${ofVisibleAppeal}`]));
}

const ofVisibleThread = sql.raw("exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)");

/** Something said; never changed. */
export const messages = pgTable("messages", {
  ...projectKey(),
  threadId: uuid("thread_id").notNull(),
  authorId: uuid("author_id").notNull().references(() => principals.id),
  /** As whom the author spoke: staff, or the vendor's people; partners don't see which person of the staff it was. */
  authorVendorId: uuid("author_vendor_id"),
  text: text("text").notNull(),
  /** Where attachments lie: references, never their content. */
  attachments: texts("attachments").notNull().default(sql`'{}'`),
  sentAt: time("sent_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.threadId, threads),
  index("messages_thread").on(t.projectId, t.threadId, t.id),
  ...rowSecurity(Object.fromEntries(
    ["assay_admin", "assay_lead", "assay_policy", "assay_auditor", "assay_partner", "assay_partner_team", "assay_labeler", "assay_service"]
      .map((role) => [role, ofVisibleThread]),
  )),
]);

export type ThreadRow = typeof threads.$inferSelect & { project?: ProjectRow | null };
export type MessageRow = typeof messages.$inferSelect & { thread?: ThreadRow | null; author?: PrincipalRow | null };

export const threadEntity = entity<ThreadRow>("Thread", threads, { project: { entity: () => projectEntity, column: "projectId" } });
export const messageEntity = entity<MessageRow>("Message", messages, {
  thread: { entity: () => threadEntity, column: "threadId" },
  author: { entity: () => principalEntity, column: "authorId" },
});
