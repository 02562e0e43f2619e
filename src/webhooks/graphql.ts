import { appealEvents } from "../appeals/live.graphql.ts";
import { slaEvents } from "../clocks/live.graphql.ts";
import { allowedActions } from "../core/machine.ts";
import { escalationEvents } from "../escalations/live.graphql.ts";
import type { Asked } from "../events/about.ts";
import { encodeEventCursor } from "../events/cursor.ts";
import { queueEvents } from "../events/queues.graphql.ts";
import type { EventStream } from "../events/streams.graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, nodeId } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { Vendor } from "../vendors/graphql.ts";
import { WEBHOOK_MACHINE, webhookParts } from "./rules.ts";
import { type DeliveryFilter, deliveryList, type EndpointFilter, endpointList } from "./store.ts";
import { DELIVERY_STATES, type EventFilter, WEBHOOK_STATES, webhookDeliveryEntity, webhookEndpointEntity } from "./table.ts";

export const WebhookEndpoint = entityRef(webhookEndpointEntity);
export const WebhookDelivery = entityRef(webhookDeliveryEntity);

const EndpointState = builder.enumType("WebhookEndpointState", {
  description: "Whether an endpoint is sent to.",
  values: {
    ACTIVE: { description: "It is." },
    PAUSED: { description: "Not for now; what happens meanwhile is sent when it is resumed, as far as events can be replayed." },
    DISABLED: { description: "Not any more: by its manager, or by the system, `stateReason` says why. It may be resumed." },
  } satisfies Record<(typeof WEBHOOK_STATES)[number], object>,
});

const DeliveryState = builder.enumType("WebhookDeliveryState", {
  description: "What became of a delivery.",
  values: {
    PENDING: { description: "It has not been tried yet." },
    DELIVERED: { description: "The endpoint answered 2xx." },
    FAILED: { description: "It failed, and is tried again at `nextAttemptAt`." },
    DEAD: { description: "It failed ten times in three days, or the address is gone (410), and is not tried again; replayWebhookDeliveries sends it anew." },
  } satisfies Record<(typeof DELIVERY_STATES)[number], object>,
});

const STREAMS: Readonly<Record<keyof EventFilter, Pick<EventStream<never>, "about" | "read">>> = {
  appeals: appealEvents, escalations: escalationEvents, queues: queueEvents, clocks: slaEvents,
};

export const WebhookFilter = builder.inputRef<EventFilter>("WebhookFilter").implement({
  description: "Only what a live subscription with one of these filters would tell; {} is all that it tells. What several tell is sent once.",
  fields: (t) => ({
    appeals: t.field({ type: appealEvents.input, description: "As of appealEvents." }),
    escalations: t.field({ type: escalationEvents.input, description: "As of escalationEvents." }),
    queues: t.field({ type: queueEvents.input, description: "As of queueEvents." }),
    clocks: t.field({ type: slaEvents.input, description: "As of slaEvents." }),
  }),
});

/** What a filter asks for: events of any of these. Refuses ids of something else. */
export function askedBy(filter: EventFilter): Asked[] {
  return (Object.keys(STREAMS) as (keyof EventFilter)[]).flatMap((kind) => {
    const { about, read } = STREAMS[kind];
    return filter[kind] ? [{ about, ...read(filter[kind] as never, ["filter", kind]) }] : [];
  });
}

/** How what is sent is said in the API's words: ids of subjects, and what filters ask for. */
export const WORDS = { subjectIdOf: nodeId, askedBy };

const ALIKE = "Partners see those of their vendor (bound to a team: their own), leads those of their projects, clients their own.";

defineEntity(WebhookEndpoint, {
  description:
    "Where a project's events are sent to as they happen, signed as Standard Webhooks has it (webhook-id, webhook-timestamp, webhook-signature), as far as its " +
    `owner may see them under the role that it was made in. ${ALIKE}`,
  fields: (t) => ({
    project: one(t, "project", Project, "Whose events."),
    url: t.exposeString("url", { description: "The address; POST of application/json." }),
    description: t.exposeString("description", { nullable: true, description: "What it is for; null where nobody said." }),
    eventTypes: t.stringList({ description: "Types that are sent, `x.*` for all of x; empty: all.", resolve: ({ eventTypes }) => eventTypes }),
    filter: t.field({
      type: "JSON",
      nullable: true,
      description: "Which of these, as it was given: an object like the input WebhookFilter; null: all.",
      resolve: ({ filter }) => filter,
    }),
    state: t.field({ type: EndpointState, description: "Whether it is sent to.", resolve: ({ state }) => state }),
    stateReason: t.exposeString("stateReason", { nullable: true, description: "Why the system disabled it; null if it didn't." }),
    consecutiveFailures: t.int({ description: "Attempts that failed since the last that went through.", resolve: ({ failures }) => failures }),
    owner: one(t, "owner", Principal, "Who made it; null where the viewer may not see the person."),
    vendor: one(t, "vendor", Vendor, "Whose it is; null for staff and for clients of no vendor."),
    cursor: t.field({
      type: "EventCursor",
      description: "The last event that was looked at for it.",
      resolve: ({ projectId, cursorSeq }) => encodeEventCursor(projectId, cursorSeq),
    }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(WEBHOOK_MACHINE, row.state, webhookParts(viewer, row)),
    }),
    ...versionedFields(t),
  }),
});

defineEntity(WebhookDelivery, {
  description: `An event on its way to an endpoint. Kept for 30 days after it was delivered, or given up. ${ALIKE}`,
  fields: (t) => ({
    endpoint: one(t, "endpoint", WebhookEndpoint, "Where to."),
    eventType: t.exposeString("eventType", { description: "Type of the event; webhook.test for a test." }),
    eventCursor: t.field({
      type: "EventCursor",
      nullable: true,
      description: "The event's place in its project's order; null for a test.",
      resolve: ({ projectId, seq }) => (seq === null ? null : encodeEventCursor(projectId, seq)),
    }),
    state: t.field({ type: DeliveryState, description: "What became of it.", resolve: ({ state }) => state }),
    attempts: t.exposeInt("attempts", { description: "How often it has been tried." }),
    nextAttemptAt: t.field({ type: "DateTime", nullable: true, description: "When it is tried next; null once it is delivered or dead.", resolve: (row) => row.nextAttemptAt }),
    lastStatus: t.exposeInt("lastStatus", { nullable: true, description: "HTTP status of the last answer; null before, and where there was none." }),
    lastError: t.exposeString("lastError", { nullable: true, description: "Why there was no answer; null if there was." }),
    lastMilliseconds: t.int({ nullable: true, description: "How long the last attempt took; null before.", resolve: ({ lastMs }) => lastMs }),
    deliveredAt: t.field({ type: "DateTime", nullable: true, description: "When it was taken; null before.", resolve: (row) => row.deliveredAt }),
    isReplay: t.boolean({ description: "It repeats another, with that one's webhook-id.", resolve: ({ replayOfId }) => replayOfId !== null }),
    createdAt: t.field({ type: "DateTime", description: "When it was put on its way.", resolve: (row) => row.createdAt }),
    updatedAt: t.field({ type: "DateTime", description: "When it was tried last.", resolve: (row) => row.updatedAt }),
  }),
});

const endpoints = defineList(WebhookEndpoint, endpointList, {
  orders: { ID: "Order in which they were made.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [EndpointState], description: "Those in one of these states." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: EndpointFilter) => input,
});

const deliveries = defineList(WebhookDelivery, deliveryList, {
  orders: { ID: "Order in which they were put on their way.", UPDATED_AT: "By the last attempt." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [DeliveryState], description: "Those in one of these states." }),
    eventTypes: t.stringList({ description: "Those of one of these types." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those tried after this time." }),
  }),
  read: (input: DeliveryFilter) => input,
});

rootList(endpoints, "webhookEndpoints", `Webhook endpoints the viewer may see. ${ALIKE}`);
rootList(deliveries, "webhookDeliveries", `The delivery log of the endpoints the viewer may see. ${ALIKE}`);
builder.objectFields(Project, (t) => ({ webhookEndpoints: childList(t, endpoints, "projectId", "Where its events are sent to, as far as the viewer may see it.") }));
builder.objectFields(WebhookEndpoint, (t) => ({ deliveries: childList(t, deliveries, "endpointId", "What was sent to it, or is to be.") }));
