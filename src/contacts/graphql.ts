import { decodeId } from "../core/ids.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import { type ContactFilter, contactList } from "./store.ts";
import { CONTACT_DUTIES, contactEntity, ESCALATION_KINDS, ESCALATION_SEVERITIES } from "./table.ts";

export const EscalationKind = builder.enumType("EscalationKind", {
  description: "What an escalation is about.",
  values: {
    QUALITY: { description: "Decisions or audits that are wrong too often, or gravely." },
    POLICY: { description: "A policy that is unclear, silent, or changed something." },
    PLATFORM: { description: "The tool, the queue, or what is shown of the content." },
    SAFETY: { description: "Harm that is going on, to people outside or to those who label." },
  } satisfies Record<(typeof ESCALATION_KINDS)[number], object>,
});

export const EscalationSeverity = builder.enumType("EscalationSeverity", {
  description: "How grave an escalation is, which says how long each step may take.",
  values: {
    SEV1: { description: "Child safety, imminent harm, or enforcement that is wrong on a mass of content. Its clocks run at all hours." },
    SEV2: { description: "A cluster of critical errors, or a vendor below target by interval. Its clocks run at all hours." },
    SEV3: { description: "A trend, or the signal of a control chart. May be resolved the short way." },
    SEV4: { description: "Anything else. May be resolved the short way." },
  } satisfies Record<(typeof ESCALATION_SEVERITIES)[number], object>,
});

export const ContactDuty = builder.enumType("ContactDuty", {
  description: "As what somebody is told.",
  values: {
    POLICY_POC: { description: "Point of contact for policy." },
    MARKET_POC: { description: "Point of contact for a market." },
    VENDOR: { description: "One of the vendor's own people: told of what is shared with the vendor, and of nothing else." },
    RD: { description: "Engineers of the platform or tool." },
    OTHER: { description: "Anybody else who is to know." },
  } satisfies Record<(typeof CONTACT_DUTIES)[number], object>,
});

export const Contact = entityRef(contactEntity);

const ALL = "Null: of all.";

defineEntity(Contact, {
  description: "Who is told of escalations when they are triaged, graded anew or shared: they watch them from then on. Partners see those named for their vendor.",
  fields: (t) => ({
    duty: t.field({ type: ContactDuty, description: "As what.", resolve: ({ duty }) => duty }),
    name: t.exposeString("name", {
      nullable: true,
      description: "What everybody who sees the contact may call it, such as a desk or a channel; null where none was given.",
    }),
    topic: t.field({ type: EscalationKind, nullable: true, description: `Of what they are told. ${ALL}`, resolve: ({ topic }) => topic }),
    leastSeverity: t.field({ type: EscalationSeverity, description: "They are told of this severity and of graver ones.", resolve: (row) => row.leastSeverity }),
    market: one(t, "marketRow", Market, `Of which market. ${ALL}`),
    vendor: one(t, "vendor", Vendor, `Of which vendor. ${ALL}`),
    principal: one(t, "principal", Principal, "Who; null where the viewer may not see the person."),
    project: one(t, "project", Project, "In which project."),
    ...versionedFields(t),
  }),
});

type FilterInput = Omit<ContactFilter, "principalId"> & { isMe?: boolean | null };

const listType = defineList(Contact, contactList, {
  orders: { ID: "Order in which they were named.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    duties: t.field({ type: [ContactDuty], description: "Those with one of these duties." }),
    topics: t.field({ type: [EscalationKind], description: "Those told of one of these: by name, or because they are told of all." }),
    markets: t.stringList({ description: "Those told of one of these markets, by its code, or of all." }),
    vendorIds: t.idList({ description: "Those told of one of these vendors, or of all." }),
    isMe: t.boolean({ description: "If true, those who are the viewer." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: ({ isMe, vendorIds, ...filter }: FilterInput, { viewer }): ContactFilter => ({
    ...filter,
    vendorIds: vendorIds?.map((id) => decodeId("Vendor", id, ["filter", "vendorIds"]).id),
    principalId: isMe ? viewer.principalId : null,
  }),
});

rootList(listType, "contacts", "Contacts of the viewer's projects, for staff but analysts; of a vendor's people, those named for their vendor.");
builder.objectFields(Project, (t) => ({ contacts: childList(t, listType, "projectId", "Who is told of its escalations, as far as the viewer may see it.") }));
