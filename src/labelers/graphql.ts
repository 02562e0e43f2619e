import { decodeIfGiven } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import { accessOfRule } from "../core/viewer.ts";
import { RoleGrant } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadEntity } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { personal } from "../graphql/personal.ts";
import { Project } from "../projects/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { Site, Team, Vendor } from "../vendors/graphql.ts";
import { teamEntity, vendorEntity } from "../vendors/table.ts";
import {
  checkListing, checkRefSearch, LABELER_MACHINE, labelerParts, maySeeName, maySeeRef, shownPauseReason, tenureDays,
} from "./rules.ts";
import { findKeysByRef, type LabelerFilter, labelerList } from "./store.ts";
import { LABELER_KINDS, LABELER_STATUSES, labelerEntity, type LabelerRow, PAUSE_REASONS } from "./table.ts";

export const Labeler = entityRef(labelerEntity);

export const LabelerKind = builder.enumType("LabelerKind", {
  description: "Who makes the decisions.",
  values: {
    HUMAN: { description: "A person." },
    MODEL: { description: "A model, under one reference." },
  } satisfies Record<(typeof LABELER_KINDS)[number], object>,
});

export const LabelerStatus = builder.enumType("LabelerStatus", {
  description: "Where a labeler stands between their first day and their last.",
  values: {
    TRAINING: { description: "Learns, and decides nothing yet." },
    NESTING: { description: "Decides under supervision." },
    PRODUCTION: { description: "Decides." },
    PAUSED: { description: "Decides nothing for a while; `pauseReason` says why." },
    OFFBOARDED: { description: "Has left. There is no way back." },
  } satisfies Record<(typeof LABELER_STATUSES)[number], object>,
});

export const PauseReason = builder.enumType("PauseReason", {
  description: "Why a labeler is paused.",
  values: {
    QUALITY: { description: "The quality of their decisions." },
    EXPOSURE: { description: "How much harm they have seen. Reads as ADMIN for those who don't see exposure." },
    POLICY_ACK: { description: "A policy update that they haven't acknowledged." },
    ADMIN: { description: "Anything else." },
  } satisfies Record<(typeof PAUSE_REASONS)[number], object>,
});

const globalKey = (id: string) => ({ projectId: null, id });

const labelerListType = defineList(Labeler, labelerList, {
  orders: { ID: "Order of creation.", PSEUDONYM: "By pseudonym, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t) => ({
    vendorId: t.id({ description: "Those of this vendor." }),
    siteId: t.id({ description: "Those who sit at this site now." }),
    teamId: t.id({ description: "Those who sit in this team now." }),
    kinds: t.field({ type: [LabelerKind], description: "Those of one of these kinds." }),
    statuses: t.field({ type: [LabelerStatus], description: "Those in one of these states." }),
    externalRefs: t.stringList({ description: "Those whom their vendor calls so. Refused to those who don't see `externalRef`." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: LabelerFilter, { viewer }: Context): LabelerFilter => {
    checkListing(viewer);
    if (input.externalRefs) checkRefSearch(viewer, ["filter", "externalRefs"]);
    const vendorId = decodeIfGiven("Vendor", input.vendorId, ["filter", "vendorId"]);
    return { ...input, vendorId, siteId: decodeIfGiven("Site", input.siteId, ["filter", "siteId"]), teamId: decodeIfGiven("Team", input.teamId, ["filter", "teamId"]) };
  },
});
defineEntity(Labeler, {
  description: "A person or model that makes first-line decisions. Partners see their vendor's or team's, labelers themselves.",
  fields: (t) => ({
    pseudonym: t.exposeString("pseudonym", { description: "Unique; says nothing of the person. Never changes." }),
    externalRef: t.string({
      nullable: true,
      description: "What the vendor calls them, unique within it. Never changes. Null for AUDITOR and ANALYST.",
      ...shownTo(maySeeRef),
      resolve: (row, _, { viewer }) => (maySeeRef(viewer) ? row.externalRef : null),
    }),
    name: t.string({
      ...personal({ description: "For people. Seen by ADMIN, QA_LEAD, the vendor's own managers and the labeler; null for others and if unknown.", ...shownTo(maySeeName) }),
      nullable: true,
      resolve: (row, _, { viewer }) => (maySeeName(viewer) ? row.name : null),
    }),
    kind: t.field({ type: LabelerKind, description: "A person or a model.", resolve: (row: LabelerRow) => row.kind }),
    vendor: one(t, "vendor", Vendor, "Who employs them."),
    site: one(t, "site", Site, "Where they sit now; null if it isn't known."),
    team: one(t, "team", Team, "The team they are in now; null if in none."),
    hiredOn: t.expose("hiredOn", { type: "Date", nullable: true, description: "Their first day; null if unknown." }),
    tenureDays: t.int({
      nullable: true,
      description: "Whole days since `hiredOn`, in UTC; negative before it, null if it isn't known.",
      resolve: (row, _, { now }) => tenureDays(row.hiredOn, now),
    }),
    goLiveAt: t.expose("goLiveAt", { type: "DateTime", nullable: true, description: "When they went live; null if not." }),
    status: t.expose("status", { type: LabelerStatus, description: "Where they stand." }),
    pauseReason: t.field({
      type: PauseReason,
      nullable: true,
      description: "Why they are paused; null unless PAUSED. EXPOSURE reads as ADMIN for those who don't see exposure.",
      resolve: (row, _, { viewer }) => shownPauseReason(viewer, row.pauseReason),
    }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(LABELER_MACHINE, row.status, labelerParts(viewer, row)),
    }),
    ...versionedFields(t),
  }),
});

builder.objectFields(Vendor, (t) => ({ labelers: childList(t, labelerListType, "vendorId", "Its labelers.") }));
builder.objectFields(Site, (t) => ({ labelers: childList(t, labelerListType, "siteId", "Who sits there now.") }));
builder.objectFields(Team, (t) => ({ labelers: childList(t, labelerListType, "teamId", "Who is in it now.") }));
rootList(labelerListType, "labelers", "Labelers the viewer may see.");

builder.queryField("labelerByRef", (t) =>
  t.field({
    type: Labeler,
    nullable: true,
    description: "The labeler whom a vendor calls so; null if absent or hidden. Refused to those who don't see `externalRef`.",
    extensions: { for: accessOfRule(maySeeRef) },
    args: { vendorCode: t.arg.string({ required: true, description: "The vendor's code." }), externalRef: t.arg.string({ required: true, description: "What it calls the labeler." }) },
    resolve: async (_, ref, context, info) => {
      const key = await context.load({ name: "labelerByRef", load: findKeysByRef }, ref);
      return key ? loadEntity(labelerEntity, key, context, info) : null;
    },
  }),
);

// Where a grant holds: what it names lies above the grants themselves, so its fields stand here.
builder.objectFields(RoleGrant, (t) => ({
  project: t.field({
    type: Project,
    nullable: true,
    description: "The project; null for all projects, or where this request doesn't act in it.",
    resolve: ({ grantedProjectId: id }, _, context, info) => (id ? loadEntity(projectEntity, globalKey(id), context, info) : null),
  }),
  vendor: t.field({
    type: Vendor,
    nullable: true,
    description: "The vendor; null for none, or where this request doesn't act for it.",
    resolve: ({ vendorId: id }, _, context, info) => (id ? loadEntity(vendorEntity, globalKey(id), context, info) : null),
  }),
  team: t.field({
    type: Team,
    nullable: true,
    description: "The one team that it is narrowed to; null for none.",
    resolve: ({ teamId: id }, _, context, info) => (id ? loadEntity(teamEntity, globalKey(id), context, info) : null),
  }),
  labeler: t.field({
    type: Labeler,
    nullable: true,
    description: "Who a LABELER is at the vendor; null for other roles.",
    resolve: ({ labelerId: id }, _, context, info) => (id ? loadEntity(labelerEntity, globalKey(id), context, info) : null),
  }),
}));
