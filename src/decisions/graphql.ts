import { Forbidden } from "../core/errors.ts";
import { decodeIfGiven, decodeProjectId } from "../core/ids.ts";
import { isPartner } from "../core/viewer.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadEntity } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Labeler } from "../labelers/graphql.ts";
import { Policy } from "../policies/graphql.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Modality, Queue } from "../projects/queues.graphql.ts";
import { Market, Site, Team, Vendor } from "../vendors/graphql.ts";
import { checkReading, mayRead } from "./rules.ts";
import { type DecisionFilter, decisionList, findKeysByRef } from "./store.ts";
import { decisionEntity } from "./table.ts";

export const Decision = entityRef(decisionEntity);

defineEntity(Decision, {
  description:
    "One outcome of a labeler; never changed. Partners see their vendor's or team's, labelers their own, auditors those they have claimed and revealed or audited, clients those of their grant with scope decisions:read.",
  isFor: mayRead,
  fields: (t) => ({
    externalRef: t.exposeString("externalRef", { description: "Its recorder's own reference, unique within project and vendor." }),
    contentRef: t.exposeString("contentRef", { description: "What was decided on: a reference, never the content itself." }),
    contentHash: t.string({ description: "SHA-256 of the content in hex; of contentRef where its recorder gave none.", resolve: (row) => row.contentHash.toString("hex") }),
    modality: t.expose("modality", { type: Modality, description: "The kind of content." }),
    language: t.exposeString("language", { nullable: true, description: "Language of the content, as its recorder names it; null if it isn't known." }),
    action: t.exposeString("action", { nullable: true, description: "What was done about the content; null where the source has no actions." }),
    tags: t.exposeStringList("tags", { description: "Words of its recorder's about it." }),
    riskScore: t.float({
      nullable: true,
      description: "Risk as the source scored it, 0 or more; null if it wasn't scored, and for partners.",
      ...shownTo((viewer) => !isPartner(viewer)),
      resolve: (row, _, { viewer }) => (isPartner(viewer) ? null : row.riskScore),
    }),
    enqueuedAt: t.expose("enqueuedAt", { type: "DateTime", nullable: true, description: "When the content came into the queue; null if it isn't known." }),
    claimedAt: t.expose("claimedAt", { type: "DateTime", nullable: true, description: "When the labeler took it up last; null if it isn't known." }),
    decidedAt: t.expose("decidedAt", { type: "DateTime", description: "When it was decided." }),
    recordedAt: t.expose("recordedAt", { type: "DateTime", description: "When it was recorded here." }),
    handleSeconds: t.exposeFloat("handleSeconds", { nullable: true, description: "Seconds from claimedAt to decidedAt; null where claimedAt is." }),
    project: one(t, "project", Project, "Its project."),
    queue: one(t, "queue", Queue, "The queue it was decided in."),
    market: one(t, "marketRow", Market, "The market it was decided for."),
    labeler: one(t, "labeler", Labeler, "Who decided."),
    vendor: one(t, "vendor", Vendor, "Whose labeler decided."),
    site: one(t, "site", Site, "Where the labeler sat then; null if it isn't known."),
    team: one(t, "team", Team, "The team that the labeler was in then; null if in none."),
    policy: one(t, "policy", Policy, "The policy that the labeler chose."),
    policyVersion: one(t, "policyVersion", PolicyVersion, "The version of that policy in force then in that market; null if there was none."),
  }),
});

// A queue's id names its project as well, which its decisions are found by.
function readFilter({ queueId, ...input }: DecisionFilter & { queueId?: string | null }, { viewer }: Context): DecisionFilter {
  checkReading(viewer);
  if (input.labelerId && viewer.role === "POLICY_MANAGER") {
    throw new Forbidden("filter.labelerId is of what you may not see as POLICY_MANAGER.", ["filter", "labelerId"]);
  }
  const queue = queueId == null ? null : decodeProjectId("Queue", queueId, ["filter", "queueId"]);
  return {
    ...input,
    projectId: decodeIfGiven("Project", input.projectId, ["filter", "projectId"]),
    queue,
    labelerId: decodeIfGiven("Labeler", input.labelerId, ["filter", "labelerId"]),
    vendorId: decodeIfGiven("Vendor", input.vendorId, ["filter", "vendorId"]),
    policyId: decodeIfGiven("Policy", input.policyId, ["filter", "policyId"]),
  };
}

const decisionListType = defineList(Decision, decisionList, {
  orders: { ID: "By decidedAt." },
  filter: (t: InputFields) => ({
    projectId: t.id({ description: "Those of this project." }),
    queueId: t.id({ description: "Those of this queue." }),
    labelerId: t.id({ description: "Those by this labeler. Refused to policy managers, who see no labelers." }),
    vendorId: t.id({ description: "Those by this vendor's labelers." }),
    policyId: t.id({ description: "Those that chose this policy." }),
    markets: t.stringList({ description: "Those for one of these markets, by its code." }),
    decidedFrom: t.field({ type: "DateTime", description: "Those decided at this time or later." }),
    decidedTo: t.field({ type: "DateTime", description: "Those decided before this time." }),
  }),
  read: readFilter,
});

builder.objectFields(Project, (t) => ({ decisions: childList(t, decisionListType, "projectId", "Its decisions, as far as the viewer sees them.") }));
builder.objectFields(Queue, (t) => ({ decisions: childList(t, decisionListType, "queueId", "Its decisions, as far as the viewer sees them.") }));
builder.objectFields(Labeler, (t) => ({ decisions: childList(t, decisionListType, "labelerId", "Their decisions, as far as the viewer sees them.") }));
rootList(decisionListType, "decisions", "Decisions the viewer may see.");

builder.queryField("decisionByRef", (t) =>
  t.field({
    type: Decision,
    nullable: true,
    description: "The decision with its recorder's reference; null if there is none, or the viewer may not see it.",
    args: {
      projectCode: t.arg.string({ required: true, description: "The project's code." }),
      vendorCode: t.arg.string({ required: true, description: "The vendor's code." }),
      externalRef: t.arg.string({ required: true, description: "Its recorder's reference." }),
    },
    resolve: async (_, ref, context, info) => {
      const key = await context.load({ name: "decisionByRef", load: findKeysByRef }, ref);
      return key ? loadEntity(decisionEntity, key, context, info) : null;
    },
  }),
);
