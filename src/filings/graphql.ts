import { Appeal, appealListType } from "../appeals/graphql.ts";
import { checkReading, mayRead, readsWords } from "../appeals/rules.ts";
import { appealCaseEntity } from "../appeals/table.ts";
import { decodeId } from "../core/ids.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Vendor } from "../vendors/graphql.ts";
import { type AppealCaseFilter, appealCaseList } from "./store.ts";

export const AppealCase = entityRef(appealCaseEntity);

defineEntity(AppealCase, {
  isFor: mayRead,
  description:
    "Audits of one vendor and layer that are contested together, so that one ruling can be given on all. Staff see it once one of its appeals is filed, partners those of " +
    "their vendor, labelers those they opened. It has another version, and changes, whenever one of its appeals is filed or moves.",
  fields: (t) => ({
    title: t.string({
      nullable: true, description: "What it is about, in a line. Null for analysts, who read no words of people.",
      ...shownTo(readsWords),
      resolve: ({ title }, _, { viewer }) => (readsWords(viewer) ? title : null),
    }),
    layer: t.expose("layer", { type: AuditLayer, description: "Whose audits it contests." }),
    filedAt: t.expose("filedAt", { type: "DateTime", nullable: true, description: "When the first of its appeals was filed; null before." }),
    project: one(t, "project", Project, "In which project."),
    vendor: one(t, "vendor", Vendor, "Whose labelers' decisions were audited."),
    openedBy: one(t, "openedBy", Principal, "Who opened it; null where the viewer may not see the person."),
    appeals: childList(t, appealListType, "caseId", "Its appeals that the viewer may see; at most 500 in all."),
    ...versionedFields(t),
  }),
});

builder.objectFields(Appeal, (t) => ({
  case: one(t, "case", AppealCase, "The case that it is contested in with others; null if it is contested alone, or the viewer may not see the case."),
}));

interface FilterInput extends Omit<AppealCaseFilter, "openedById"> {
  isMine?: boolean | null;
}

const caseListType = defineList(AppealCase, appealCaseList, {
  orders: { ID: "Order in which they were opened.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    projectIds: t.idList({ description: "Those of one of these projects." }),
    layers: t.field({ type: [AuditLayer], description: "Those of one of these layers." }),
    vendorIds: t.idList({ description: "Those of one of these vendors." }),
    isMine: t.boolean({ description: "If true, those the viewer has opened." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: ({ isMine, projectIds, vendorIds, ...filter }: FilterInput, { viewer }) => {
    checkReading(viewer);
    return {
      ...filter,
      projectIds: projectIds?.map((id) => decodeId("Project", id, ["filter", "projectIds"]).id),
      vendorIds: vendorIds?.map((id) => decodeId("Vendor", id, ["filter", "vendorIds"]).id),
      openedById: isMine ? viewer.principalId : null,
    };
  },
});

rootList(caseListType, "appealCases", "Appeal cases the viewer may see.");
builder.objectFields(Project, (t) => ({ appealCases: childList(t, caseListType, "projectId", "Its appeal cases that the viewer may see.") }));
