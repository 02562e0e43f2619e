import { EscalationKind, EscalationSeverity } from "../contacts/graphql.ts";
import { decodeId, decodeProjectId } from "../core/ids.ts";
import { escalationsWithParts } from "../events/about.ts";
import { defineEvents, loadAbout } from "../events/streams.graphql.ts";
import { Escalation, EscalationState, EscalationTrigger } from "./graphql.ts";
import { escalationEntity, type EscalationRow } from "./table.ts";

type Values<Name extends keyof EscalationRow> = EscalationRow[Name][] | null;

interface Filter {
  escalationIds?: string[] | null;
  severities?: Values<"severity">;
  kinds?: Values<"kind">;
  triggers?: Values<"trigger">;
  states?: Values<"state">;
  vendorIds?: string[] | null;
  queueIds?: string[] | null;
  markets?: string[] | null;
  types?: string[] | null;
}

export const escalationEvents = defineEvents("escalationEvents", {
  about: escalationsWithParts(escalationEntity),
  description: `What happens to escalations, their analyses and their actions, each event once and in order, as far as the viewer may see it. A machine client needs scope
events:read.`,
  message: {
    name: "EscalationEvent",
    description: "Something that happened to an escalation, to an analysis or to an action of it.",
    fields: (t) => ({
      escalation: t.field({
        type: Escalation,
        nullable: true,
        description: "The escalation, as it is now. Null for a gap.",
        resolve: (row, _, context, info) => loadAbout(row, escalationEntity, context, info),
      }),
    }),
  },
  filter: {
    description: "Which escalations, as they are now.",
    fields: (t) => ({
      escalationIds: t.idList({ description: "One of these." }),
      severities: t.field({ type: [EscalationSeverity], description: "As grave as one of these." }),
      kinds: t.field({ type: [EscalationKind], description: "About one of these." }),
      triggers: t.field({ type: [EscalationTrigger], description: "Raised by one of these." }),
      states: t.field({ type: [EscalationState], description: "In one of these states." }),
      vendorIds: t.idList({ description: "That concern one of these vendors." }),
      queueIds: t.idList({ description: "That concern one of these queues, maybe among others." }),
      markets: t.stringList({ description: "That concern one of these markets, by its code." }),
      types: t.stringList({ description: "Only events of these types, such as escalation.triaged or action.done." }),
    }),
    read: ({ escalationIds, severities, kinds, triggers, states, vendorIds, queueIds, markets, types }: Filter, path) => ({
      chosen: {
        id: escalationIds?.map((id) => decodeProjectId("Escalation", id, [...path, "escalationIds"]).id),
        severity: severities, kind: kinds, trigger: triggers, state: states, market: markets,
        vendorId: vendorIds?.map((id) => decodeId("Vendor", id, [...path, "vendorIds"]).id),
        queueIds: queueIds?.map((id) => decodeProjectId("Queue", id, [...path, "queueIds"]).id),
      },
      happening: { types },
    }),
  },
});
