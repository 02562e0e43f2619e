import type { GraphQLResolveInfo } from "graphql";
import { InvalidInput } from "../core/errors.ts";
import { readPage } from "../core/pages.ts";
import { ViewerType } from "../grants/graphql.ts";
import { builder } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { loadNode, nodeId } from "../graphql/entity.ts";
import { kindsFor, SUBJECTS, type WorkKind } from "./rules.ts";
import { countWork, listWork, type WorkItem } from "./store.ts";

const Kind = builder.enumType("WorkKind", {
  description: "What waits for somebody.",
  values: {
    AUDIT: { description: "A sample that the viewer has claimed." },
    SECOND_AUDIT: { description: "A second, blind audit that the viewer has claimed; it is void when it is due." },
    ATA: { description: "An expert's audit that the viewer has begun; due by no time." },
    ADJUDICATION: { description: "An audit whose two auditors differ; QA_LEAD, and auditors who may adjudicate." },
    APPEAL: { description: "An appeal in the viewer's tier that they may decide: neither their own, nor of a labeler as whom they may act, nor of an audit that they made or have judged since." },
    APPEAL_REPLY: { description: "An appeal of the viewer's that was returned for information." },
    ESCALATION: { description: "An escalation that the viewer owns and that waits for nobody else; for QA_LEAD also those to be triaged, and those whose plan is to be approved." },
    PARTNER_RCA: { description: "An escalation whose root cause analysis is asked of the viewer's vendor." },
    ACTION: { description: "An action that the viewer owns: approved or begun, of containment also proposed until its escalation is CLOSED; none of one that was REJECTED, CANCELLED or a DUPLICATE." },
    QUESTION: { description: "A policy question that is the viewer's to answer, or whose gap they have confirmed and no version closes yet; or one that nobody has yet." },
    POLICY_VERSION: { description: "A version under review of a policy that a project of the viewer's uses, and that they may approve: their own only where nobody else could. Due by no time: approving says when it takes effect." },
  } satisfies Record<WorkKind, object>,
});

const Item = builder.objectRef<WorkItem & { cursor: string }>("WorkItem").implement({
  description: "Something that waits for the viewer.",
  fields: (t) => ({
    kind: t.field({ type: Kind, description: "What it is.", resolve: ({ kind }) => kind }),
    dueAt: t.field({ type: "DateTime", nullable: true, description: "By when it is to be done; null where nothing says.", resolve: ({ dueAt }) => dueAt }),
    isOverdue: t.boolean({ description: "It was due before now.", resolve: ({ dueAt }, _, { now }) => dueAt !== null && dueAt < now }),
    subject: t.field({
      type: builder.nodeInterfaceRef() as never,
      description: "The Sample, Audit, Appeal, Escalation, Action, PolicyQuestion or PolicyVersion that it is about.",
      resolve: ({ kind, projectId, id }: WorkItem, _: object, context: Context, info: GraphQLResolveInfo) =>
        loadNode(nodeId(SUBJECTS[kind], projectId, id), context, info) as never,
    }),
  }),
});

const Edge = builder.objectRef<WorkItem & { cursor: string }>("WorkItemEdge").implement({
  description: "Something that waits, in a list.",
  fields: (t) => ({
    cursor: t.exposeString("cursor", { description: "Give it as `after` to continue behind this one." }),
    node: t.field({ type: Item, description: "What waits.", resolve: (item) => item }),
  }),
});

interface WorkPage {
  items: (WorkItem & { cursor: string })[];
  hasNextPage: boolean;
  count: () => Promise<number>;
}

const Connection = builder.objectRef<WorkPage>("WorkItemConnection").implement({
  description: "A page of what waits for the viewer, what is due first before all else.",
  fields: (t) => ({
    nodes: t.field({ type: [Item], description: "What waits.", resolve: ({ items }) => items }),
    edges: t.field({ type: [Edge], description: "What waits, with cursors.", resolve: ({ items }) => items }),
    totalCount: t.int({ description: "How much waits, on all pages. Counted only if asked for.", resolve: ({ count }) => count() }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: "Whether more follow, and from where.",
      resolve: ({ items, hasNextPage }) => ({
        hasNextPage, hasPreviousPage: false, startCursor: items[0]?.cursor ?? null, endCursor: items.at(-1)?.cursor ?? null,
      }),
    }),
  }),
});

builder.objectFields(ViewerType, (t) => ({
  work: t.field({
    type: Connection,
    description: "What waits for the caller in the role they act in, over all their projects, by when it is due. Empty for ADMIN, ANALYST and SERVICE.",
    args: {
      first: t.arg.int({ description: "Items on the page: 0 to 100, default 20." }),
      after: t.arg.string({ description: "Start behind this cursor." }),
      kinds: t.arg({ type: [Kind], description: "Only what is of one of these kinds; all if absent." }),
      dueBefore: t.arg({ type: "DateTime", description: "Only what is due before this time." }),
    },
    resolve: async (_, { first, after, kinds, dueBefore }, context) => {
      const page = readPage({ first, after });
      if (page.after && (page.after.value === null || Number.isNaN(Date.parse(page.after.value)))) {
        throw new InvalidInput(`after: "${after!}" is not a cursor of this list; take it from pageInfo.endCursor.`, ["after"]);
      }
      const asked = kindsFor(context.viewer.role, kinds ?? null);
      const found = await context.read((db) => listWork(db, context.viewer, asked, dueBefore ?? null, page));
      return { ...found, count: () => context.read((db) => countWork(db, context.viewer, asked, dueBefore ?? null)) };
    },
  }),
}));
