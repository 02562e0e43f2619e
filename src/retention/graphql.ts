import { builder } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { versionedFields } from "../graphql/fields.ts";
import { defineList, rootList } from "../graphql/list.ts";
import { type Hold, LEAST_DAYS, MOST_DAYS, type RetainedKind, type RetainedPiece } from "./rules.ts";
import { previewRetention } from "./service.ts";
import { type RetentionFilter, retentionRuleList } from "./store.ts";
import { retentionRuleEntity, type RetentionRuleRow } from "./table.ts";

const LEAST = Object.entries(LEAST_DAYS).map(([kind, days]) => `${kind} ${days}`).join(", ");

export const RetentionKind = builder.enumType("RetentionKind", {
  description: "What grows for ever and may be let go of.",
  values: {
    IDEMPOTENCY_KEYS: { description: "Answers kept for repeated writes, by when they were given. A key whose answer is gone writes again." },
    EXPORT_LINKS: { description: "Links to exports, by when they ended." },
    ACCESS_LOG: { description: "Who did and saw what, with its seals: whole months. The chain of the rest holds." },
    EVENTS: {
      description:
        "What happened in projects, with its seals, oldest first: never the newest of a project, what is not folded or sent yet, or what is behind the first event of unfinished audits, appeals and escalations. Timelines then begin later, and subscriptions replay so many days.",
    },
    DECISIONS: {
      description:
        "Decisions, whole weeks (Monday to Monday, UTC) by when they were made, with their samples, audits, verdicts, findings, appeals and rulings: these leave the figures, frozen reports and precedents stay as they are. Imported again, they are new.",
    },
  } satisfies Record<RetainedKind, object>,
});

const RetentionHold = builder.enumType("RetentionHold", {
  description: "Why something stays that is old enough to go.",
  values: {
    WAITING_SAMPLES: { description: "Samples of it wait for an audit, or are in one." },
    UNFINISHED_AUDITS: { description: "Audits of it can still change: they are not final, and their time to be contested is not over." },
    OPEN_APPEALS: { description: "Appeals of it are not closed." },
    OPEN_ESCALATIONS: { description: "It is linked to an open escalation, or one waits for a check whose windows reach back to it." },
    OPEN_PERIODS: { description: "A reporting period that it counts in is open." },
    NEWEST_SEAL: { description: "It is of the month of the log's newest seal, which the next one is chained to." },
    SEALED_LATE: { description: "It was sealed behind younger rows of the log, as happens after a clock was set back, and goes with these." },
  } satisfies Record<Hold, object>,
});

export const RetentionRule = entityRef(retentionRuleEntity);

const ruleListType = defineList(RetentionRule, retentionRuleList, {
  orders: { ID: "Order of creation.", UPDATED_AT: "By the last change." },
  filter: (t) => ({ updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }) }),
  read: (input: RetentionFilter) => input,
});

defineEntity(RetentionRule, {
  description: "For how long something is kept. What has no rule is kept for ever. Seen by administrators.",
  fields: (t) => ({
    kind: t.field({ type: RetentionKind, description: "What it is about.", resolve: ({ kind }) => kind }),
    keepDays: t.exposeInt("keepDays", { nullable: true, description: "Days that it is kept; null for ever." }),
    reason: t.exposeString("reason", { description: "Why it was set so." }),
    appliedAt: t.field({
      type: "DateTime", nullable: true, resolve: ({ appliedAt }) => appliedAt,
      description: "When all that it lets go was last gone, but for what had to wait; once a day. Null until it was, since the rule was set.",
    }),
    ...versionedFields<RetentionRuleRow>(t),
  }),
});

rootList(ruleListType, "retentionRules", "What is not kept for ever.");

const PieceType = builder.objectRef<RetainedPiece>("RetentionPiece").implement({
  description: "Rows that go together, or stay together.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "The table, its partition, or whose events." }),
    startsAt: t.field({ type: "DateTime", description: "Time of its oldest row, or when its partition begins.", resolve: ({ startsAt }) => startsAt }),
    endsAt: t.field({ type: "DateTime", description: "Up to when its rows would go, or its partition ends; exclusive.", resolve: ({ endsAt }) => endsAt }),
    rows: t.exposeInt("rows", { description: "How many rows it has; of decisions, without what refers to them." }),
    waitsFor: t.field({ type: [RetentionHold], description: "Why it stays for now, as a whole; empty if it goes.", resolve: ({ waitsFor }) => waitsFor }),
  }),
});

builder.queryField("retentionPreview", (t) =>
  t.field({
    type: [PieceType],
    description: "What keeping something for so many days would let go of now, oldest first, and what would have to wait. Nothing is removed.",
    extensions: { for: { roles: ["ADMIN"] } },
    args: {
      kind: t.arg({ type: RetentionKind, required: true, description: "What." }),
      keepDays: t.arg.int({ required: true, description: `Days to keep it, up to ${MOST_DAYS}. At least: ${LEAST}.` }),
    },
    resolve: (_, { kind, keepDays }, context) => context.compute((reads) => previewRetention(reads, kind, keepDays, new Date())),
  }),
);
