import { Audit } from "../audits/graphql.ts";
import { decodeId } from "../core/ids.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { countProgress, type Progress, type ProfileFilter, profileList } from "./store.ts";
import { auditorProfileEntity, type AuditorProfileRow } from "./table.ts";

export const AuditorProfile = entityRef(auditorProfileEntity);

function progress(t: Fields<AuditorProfileRow>, name: keyof Progress, description: string) {
  return t.int({
    description,
    resolve: async ({ projectId, principalId }, _, context: Context) => {
      const load = (db: Parameters<typeof countProgress>[0], workers: Parameters<typeof countProgress>[1]) => countProgress(db, workers, context.now);
      return (await context.load({ name: "auditorProgress", load }, { projectId, principalId }))[name];
    },
  });
}

defineEntity(AuditorProfile, {
  description: "What an auditor may claim in a project, and how much they should audit a day. Who has none may claim of any queue that asks no skills.",
  fields: (t) => ({
    markets: t.stringList({ description: "Codes of the markets whose samples they are offered; empty if any.", resolve: (row) => row.markets }),
    languages: t.stringList({
      description: "Languages of content that they are offered, written as decisions have them; empty if any. Content of an unknown language always is.",
      resolve: (row) => row.languages,
    }),
    skills: t.stringList({ description: "What they are able to do, in the project's own words; queues ask for it by `requiredSkills`.", resolve: (row) => row.skills }),
    dailyTarget: t.exposeInt("dailyTarget", {
      nullable: true,
      description: "Audits that they should submit a day, 1 or more; null if nobody has set any. A goal to look at, never a limit.",
    }),
    submittedToday: progress(t, "submittedToday", "Audits of theirs in the project that were submitted since midnight in its time zone, void ones left out."),
    overdueCount: progress(t, "overdueCount", "Samples that are leased to them or kept for them, and whose audits are overdue."),
    project: one(t, "project", Project, "Where it holds."),
    principal: one(t, "principal", Principal, "Whose it is."),
    ...versionedFields(t),
  }),
});

const profileListType = defineList(AuditorProfile, profileList, {
  orders: { ID: "Order of creation.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    principalIds: t.idList({ description: "Those of one of these principals." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: ({ principalIds, updatedAfter }: ProfileFilter) => ({
    principalIds: principalIds?.map((id) => decodeId("Principal", id, ["filter", "principalIds"]).id),
    updatedAfter,
  }),
});

rootList(profileListType, "auditorProfiles", "Profiles of auditors: leads see those of their projects, everybody else their own.");
builder.objectFields(Project, (t) => ({
  auditorProfiles: childList(t, profileListType, "projectId", "Profiles of its auditors that the viewer may see."),
}));

builder.objectFields(Audit, (t) => ({
  draft: t.field({
    type: "JSON",
    nullable: true,
    description: "What its auditor has saved by saveAuditDraft, the newest only: an object of the client's own. Null if nothing, and for everybody else.",
    resolve: (row, _, { viewer }) => (row.auditorId === viewer.principalId ? row.draft : null),
  }),
}));
