import { Audit } from "../audits/graphql.ts";
import { Forbidden } from "../core/errors.ts";
import { decodeId } from "../core/ids.ts";
import type { Viewer } from "../core/viewer.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { isOverdue } from "./rules.ts";
import { type DoubleAuditFilter, doubleAuditList } from "./store.ts";
import { DOUBLE_AUDIT_OUTCOMES, doubleAuditEntity } from "./table.ts";

export const DoubleAudit = entityRef(doubleAuditEntity);

const Outcome = builder.enumType("DoubleAuditOutcome", {
  description: "How a double audit ended.",
  values: {
    AGREED: { description: "Both auditors found the same outcome, policy and action." },
    ADJUDICATED: { description: "They differed, and a third person decided." },
    EXPIRED: { description: "No second audit was submitted in time, or the first was voided: it resolves nothing." },
  } satisfies Record<(typeof DOUBLE_AUDIT_OUTCOMES)[number], object>,
});

defineEntity(DoubleAudit, {
  description: "Two audits of one sample, the second blind to the first. Leads and analysts see all but those that wait for their own second audit; auditors their own once resolved, and those they may adjudicate.",
  fields: (t) => ({
    outcome: t.field({ type: Outcome, nullable: true, description: "How it ended; null while it is open.", resolve: (row) => row.outcome }),
    dueAt: t.field({
      type: "DateTime",
      description: "As long after the first audit was submitted as the project gives for the second, by default two business days. Then it is given up, unless both audits are there.",
      resolve: (row) => row.dueAt,
    }),
    isOverdue: t.boolean({ description: "It is due and still open: two auditors differ and nobody has decided.", resolve: (row, _, { now }) => isOverdue(row, now) }),
    resolvedAt: t.field({ type: "DateTime", nullable: true, description: "When it ended; null while it is open.", resolve: (row) => row.resolvedAt }),
    queue: one(t, "queue", Queue, "The queue of the decision."),
    primaryAudit: one(t, "primaryAudit", Audit, "The first audit, whose verdict counts; null where the viewer may not see it."),
    secondAudit: one(t, "secondAudit", Audit, "The second audit; null until somebody has claimed it, or where the viewer may not see it."),
    adjudicator: one(t, "adjudicator", Principal, "Who decided between them; null unless ADJUDICATED, or where the viewer may not see the person."),
    ...versionedFields(t),
  }),
});

type FilterInput = Omit<DoubleAuditFilter, "queueIds"> & { queueIds?: string[] | null };

// The queue of one's own open second audit is no secret; what is filtered here is what the rows show.
function readFilter(input: FilterInput, viewer: Viewer): DoubleAuditFilter {
  if (viewer.role === "SERVICE") throw new Forbidden("Double audits are for people.");
  return { ...input, queueIds: input.queueIds?.map((id) => decodeId("Queue", id, ["filter", "queueIds"]).id) };
}

const listType = defineList(DoubleAudit, doubleAuditList, {
  orders: { ID: "Order in which they were asked for.", DUE_AT: "By when they are due.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    isResolved: t.boolean({ description: "True for those that have ended, false for open ones." }),
    outcomes: t.field({ type: [Outcome], description: "Those that ended in one of these ways." }),
    queueIds: t.idList({ description: "Those of decisions of one of these queues." }),
    dueBefore: t.field({ type: "DateTime", description: "Those due before this time." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: FilterInput, { viewer }) => readFilter(input, viewer),
});

builder.objectFields(Audit, (t) => ({
  dueAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "By when a second audit must be submitted: then it is given up. Null for others; a first audit's sample says when it is due.",
    resolve: (row) => row.dueAt,
  }),
}));

rootList(listType, "doubleAudits", "Double audits the viewer may see.");
builder.objectFields(Project, (t) => ({ doubleAudits: childList(t, listType, "projectId", "Its double audits that the viewer may see.") }));
