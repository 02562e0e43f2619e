import { decodeId, decodeProjectId } from "../core/ids.ts";
import { alone } from "../events/about.ts";
import { defineEvents, loadAbout } from "../events/streams.graphql.ts";
import { AppealTier } from "../projects/graphql.ts";
import { Appeal, AppealState } from "./graphql.ts";
import { appealEntity, type AppealRow } from "./table.ts";

interface Filter {
  appealIds?: string[] | null;
  auditIds?: string[] | null;
  toStates?: AppealRow["state"][] | null;
  tiers?: NonNullable<AppealRow["tier"]>[] | null;
  queueIds?: string[] | null;
  policyIds?: string[] | null;
  vendorIds?: string[] | null;
  markets?: string[] | null;
}

const ids = (type: string, given: readonly string[] | null | undefined, path: readonly string[]) => given?.map((id) => decodeProjectId(type, id, path).id);

export const appealEvents = defineEvents("appealEvents", {
  about: alone(appealEntity),
  description: `What happens to appeals from their filing on, each event once and in order, as far as the viewer may see the appeal; of drafts nothing is told. A machine client
needs the scopes events:read and appeals:read.`,
  message: {
    name: "AppealEvent",
    description: "Something that happened to an appeal.",
    fields: (t) => ({
      appeal: t.field({
        type: Appeal,
        nullable: true,
        description: "The appeal, as it is now. Null for a gap.",
        resolve: (row, _, context, info) => loadAbout(row, appealEntity, context, info),
      }),
    }),
  },
  filter: {
    description: "Which appeals, and which steps of them.",
    fields: (t) => ({
      appealIds: t.idList({ description: "One of these." }),
      auditIds: t.idList({ description: "Against one of these audits." }),
      toStates: t.field({ type: [AppealState], description: "Only steps into one of these states." }),
      tiers: t.field({ type: [AppealTier], description: "Only steps in one of these tiers, or out of it." }),
      queueIds: t.idList({ description: "Of one of these queues." }),
      policyIds: t.idList({ description: "Of decisions for one of these policies." }),
      vendorIds: t.idList({ description: "Of one of these vendors." }),
      markets: t.stringList({ description: "Of one of these markets, by its code." }),
    }),
    read: ({ appealIds, auditIds, toStates, tiers, queueIds, policyIds, vendorIds, markets }: Filter, path) => ({
      chosen: {
        id: ids("Appeal", appealIds, [...path, "appealIds"]),
        auditId: ids("Audit", auditIds, [...path, "auditIds"]),
        queueId: ids("Queue", queueIds, [...path, "queueIds"]),
        policyId: policyIds?.map((id) => decodeId("Policy", id, [...path, "policyIds"]).id),
        vendorId: vendorIds?.map((id) => decodeId("Vendor", id, [...path, "vendorIds"]).id),
        market: markets,
      },
      happening: { toStates, payload: { tier: tiers } },
    }),
  },
});
