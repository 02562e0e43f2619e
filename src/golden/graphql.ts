import { decodeIfGiven } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { checkListing, GOLDEN_MACHINE, goldenParts, maySeeItems } from "./rules.ts";
import { type GoldenFilter, goldenList } from "./store.ts";
import { GOLDEN_ITEM_STATUSES, goldenItemEntity } from "./table.ts";

export const GoldenItem = entityRef(goldenItemEntity);

export const GoldenItemStatus = builder.enumType("GoldenItemStatus", {
  description: "Whether a golden item counts.",
  values: {
    ACTIVE: { description: "Decisions on its content made since activeFrom are graded by it." },
    NEEDS_REVIEW: { description: "Another version of its policy has taken effect since, in a market or in all; it counts for decisions made before activeTo, and waits for reviewGoldenItem." },
    RETIRED: { description: "It counts for decisions made before activeTo." },
  } satisfies Record<(typeof GOLDEN_ITEM_STATUSES)[number], object>,
});

defineEntity(GoldenItem, {
  description:
    "Content with an agreed answer. Decisions on it are graded against that answer, apart from audits. QA_LEAD, POLICY_MANAGER, ADMIN; others see figures only.",
  isFor: maySeeItems,
  fields: (t) => ({
    contentRef: t.exposeString("contentRef", { description: "What the answer is about: a reference, never the content itself." }),
    contentHash: t.string({
      description: "SHA-256 of the content in hex, by which decisions find it; of contentRef where none was given.",
      resolve: (row) => row.contentHash.toString("hex"),
    }),
    truthPolicy: one(t, "truthPolicy", Policy, "The right policy."),
    truthAction: t.exposeString("truthAction", { nullable: true, description: "The right action; null if it isn't part of the answer." }),
    policyVersion: one(t, "policyVersion", PolicyVersion, "The version of the policy that the answer was found under; null if there was none."),
    source: t.exposeString("source", { nullable: true, description: "Where the answer comes from; null if it isn't known." }),
    rule: t.exposeString("rule", { nullable: true, description: "Which rule of the policy decides it; null if it isn't known." }),
    status: t.field({ type: GoldenItemStatus, description: "Whether it counts.", resolve: (row) => row.status }),
    activeFrom: t.field({
      type: "DateTime",
      description: "Decisions made at this time or later are graded by it.",
      resolve: (row) => row.activeFrom,
    }),
    activeTo: t.field({
      type: "DateTime",
      nullable: true,
      description: "Decisions made at this time or later are no longer; to come where it is to expire. Null while no end is known.",
      resolve: (row) => row.activeTo,
    }),
    exposureCount: t.exposeInt("exposureCount", {
      description:
        "Decisions made on its content while it was active, as last counted; past the project's goldenMaxExposures it is retired.",
    }),
    exposuresCountedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "When they were counted, at most hourly while it is active; null before the first time.",
      resolve: (row) => row.exposuresCountedAt,
    }),
    project: one(t, "project", Project, "Its project."),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(GOLDEN_MACHINE, row.status, goldenParts(viewer)),
    }),
    ...versionedFields(t),
  }),
});

const goldenListType = defineList(GoldenItem, goldenList, {
  orders: { ID: "Order of recording.", ACTIVE_FROM: "By activeFrom.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    projectId: t.id({ description: "Those of this project." }),
    statuses: t.field({ type: [GoldenItemStatus], description: "Those in one of these states." }),
    truthPolicyId: t.id({ description: "Those whose answer is this policy." }),
    contentRefs: t.stringList({ description: "Those about one of these contents." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: GoldenFilter, { viewer }: Context): GoldenFilter => {
    checkListing(viewer);
    return { ...input, projectId: decodeIfGiven("Project", input.projectId, ["filter", "projectId"]), truthPolicyId: decodeIfGiven("Policy", input.truthPolicyId, ["filter", "truthPolicyId"]) };
  },
});

builder.objectFields(Project, (t) => ({ goldenItems: childList(t, goldenListType, "projectId", "Its golden items. QA_LEAD, POLICY_MANAGER, ADMIN.") }));
rootList(goldenListType, "goldenItems", "Golden items of the viewer's projects. QA_LEAD, POLICY_MANAGER, ADMIN.");
