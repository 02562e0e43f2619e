import { Forbidden, InvalidInput, NotFound } from "../core/errors.ts";
import { decodeId, decodeProjectId, type ProjectKey, readId } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import type { Fields, InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { isSeen, isTypeFor, keyOf, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { projectEntity } from "../projects/table.ts";
import { askedBy, WebhookDelivery, WebhookEndpoint, WebhookFilter } from "./graphql.ts";
import { MANAGERS } from "./rules.ts";
import {
  createWebhookEndpoint, disableWebhookEndpoint, pauseWebhookEndpoint, replayWebhookDeliveries, resumeWebhookEndpoint, rotateWebhookSecret,
  testWebhookEndpoint, changeWebhookEndpoint,
} from "./service.ts";
import { type EventFilter, webhookDeliveryEntity, webhookEndpointEntity } from "./table.ts";

const WHO = "Of its own vendor, as VENDOR_MANAGER; a client, its own.";
const URL = "https, to a host that is reached from the internet; without user, password and fragment.";
const TYPES = "Types to be sent, such as audit.published, or audit.* for all of an entity; at most 100.";
const FILTER = "Of these types, only what live subscriptions would tell by these filters. NOT_FOUND for an id that names nothing the viewer sees in the project.";

interface Wanted {
  description?: string | null;
  eventTypes?: string[] | null;
  filter?: EventFilter | null;
}

interface Named {
  webhookEndpointId: string;
  expectedVersion?: number | null;
}

const named = (t: InputFields) => ({
  webhookEndpointId: t.id({ required: true, description: "The endpoint." }),
  expectedVersion: t.int({ description: EXPECTED }),
});
const endpointField = (t: Fields<RowPayload>) => ({ webhookEndpoint: rowField(t, webhookEndpointEntity, WebhookEndpoint, "The endpoint.") });
const keyIn = ({ webhookEndpointId }: Named) => decodeProjectId(webhookEndpointEntity.name, webhookEndpointId, ["webhookEndpointId"]);

type WithSecret = RowPayload & { secret: string | null };
const secretFields = (t: Fields<WithSecret>) => ({
  ...endpointField(t as never),
  secret: t.exposeString("secret", {
    nullable: true,
    description: "What deliveries are signed with, whsec_ and base64: shown here once; null in the answer to a repeated idempotency key.",
  }),
});

const MOST_FILTERED = 10_000;

// A filter as it is kept, null where it leaves nothing out; refused where it names what the viewer doesn't see, or may not subscribe to.
async function checkFilter(filter: EventFilter, projectId: string, context: Context): Promise<EventFilter | null> {
  const { length } = JSON.stringify(filter);
  if (length > MOST_FILTERED) throw new InvalidInput(`filter: must have at most ${MOST_FILTERED} characters, has ${length}; name less.`, ["filter"]);
  const asked = askedBy(filter);
  const closed = asked.find(({ about }) => !isTypeFor(about.entity.name, context.viewer));
  if (closed) throw new Forbidden(`filter: it is for those who may read objects of type ${closed.about.entity.name}; a client needs their scope.`, ["filter"]);
  const named = Object.entries(filter).flatMap(([kind, chosen]) => Object.entries((chosen ?? {}) as Record<string, string[] | null>).flatMap(([field, ids]) =>
    field.endsWith("Ids") ? (ids ?? []).map((id, place) => ({ id, path: ["filter", kind, field, String(place)] })) : []));
  const isThere = await Promise.all(named.map(async ({ id }) => [projectId, null].includes(readId(id)?.key.projectId ?? null) && isSeen(id, context)));
  const missing = named[isThere.indexOf(false)];
  if (missing) throw new NotFound(`${missing.path.join(".")}: there is no such object in the project.`, missing.path);
  // What stands in the document itself comes as an object without a prototype, which the database's library doesn't take.
  return asked.length > 0 ? { ...filter } : null;
}

defineVerb<{ projectId: string; url: string } & Wanted, WithSecret>("createWebhookEndpoint", {
  description:
    "Has a project's events sent to an address from now on, as far as the viewer may see them under the role they act in. One that fails is tried again after 5 s, " +
    `5 min, 30 min, 2, 5, 10, 14, 20 and 24 h; a receiver tells repeats by webhook-id. At most 50 of a project. ${WHO} A client needs scope events:read too.`,
  for: MANAGERS,
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose events." }),
    url: t.string({ required: true, description: `The address: ${URL}` }),
    description: t.string({ description: "What it is for: 1 to 2,000 characters." }),
    eventTypes: t.stringList({ description: `${TYPES} All if absent or empty.` }),
    filter: t.field({ type: WebhookFilter, description: `${FILTER} All if absent or empty.` }),
  }),
  payload: secretFields,
  resolve: async (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const wish = { ...input, eventTypes: input.eventTypes ?? [], filter: await checkFilter(input.filter ?? {}, projectId, context) };
    return context.perform("createWebhookEndpoint", input, (verb) => createWebhookEndpoint(verb, projectId, wish, context.allowsPrivateTargets));
  },
});

defineVerb<Named & Wanted & { url?: string | null }, RowPayload>("changeWebhookEndpoint", {
  description: `Changes where an endpoint's events go to, and which are sent from now on. ${WHO}`,
  for: MANAGERS,
  input: (t) => ({
    ...named(t),
    url: t.string({ description: `The address: ${URL} As it is if absent.` }),
    description: t.string({ description: "What it is for; null for nothing, as it is if absent." }),
    eventTypes: t.stringList({ description: `${TYPES} As they are if absent, all if empty.` }),
    filter: t.field({ type: WebhookFilter, description: `${FILTER} As it is if absent, all if null or empty.` }),
  }),
  payload: endpointField,
  resolve: async (input, context) => {
    const { url, description, eventTypes, expectedVersion } = input;
    const filter = input.filter === undefined ? {} : { filter: await checkFilter(input.filter ?? {}, keyIn(input).projectId, context) };
    const change = { ...(url == null ? {} : { url }), ...(description === undefined ? {} : { description }), ...(eventTypes == null ? {} : { eventTypes }), ...filter };
    return context.perform("changeWebhookEndpoint", input, (verb) => changeWebhookEndpoint(verb, keyIn(input), change, expectedVersion, context.allowsPrivateTargets));
  },
});

function defineTurn(name: string, description: string, turn: (verb: Verb, key: ProjectKey, version: number | null | undefined) => Promise<ProjectKey>): void {
  defineVerb<Named, RowPayload>(name, {
    description: `${description} ${WHO}`,
    for: MANAGERS,
    input: named,
    payload: endpointField,
    resolve: (input, context) => context.perform(name, input, (verb) => turn(verb, keyIn(input), input.expectedVersion)),
  });
}

defineTurn("pauseWebhookEndpoint", "Sends nothing to an endpoint for now; what happens meanwhile is sent when it is resumed.", pauseWebhookEndpoint);
defineTurn("resumeWebhookEndpoint", "Sends to an endpoint again, first what happened since it stopped.", resumeWebhookEndpoint);
defineTurn("disableWebhookEndpoint", "Ends an endpoint; its log stays, and it may be resumed.", disableWebhookEndpoint);

defineVerb<Named & { overlapHours: number }, WithSecret>("rotateWebhookSecret", {
  description: `Gives an endpoint a new secret. Deliveries carry a signature by the one before too, until the overlap is over. ${WHO}`,
  for: MANAGERS,
  input: (t) => ({
    ...named(t),
    overlapHours: t.int({ required: true, defaultValue: 24, description: "Hours that the secret before goes on signing: 0 to 168; 0 ends it at once." }),
  }),
  payload: secretFields,
  resolve: (input, context) =>
    context.perform("rotateWebhookSecret", input, (verb) => rotateWebhookSecret(verb, keyIn(input), input.overlapHours, input.expectedVersion)),
});

defineVerb<{ webhookEndpointId: string }, RowPayload & { deliveryId: string }>("testWebhookEndpoint", {
  description: `Sends an endpoint something to try it with, of type webhook.test and with no data. CONFLICT if it isn't ACTIVE. ${WHO}`,
  for: MANAGERS,
  input: (t) => ({ webhookEndpointId: t.id({ required: true, description: "The endpoint." }) }),
  payload: (t) => ({
    ...endpointField(t as never),
    webhookDelivery: t.field({
      type: WebhookDelivery,
      description: "The delivery; what came of it is in the log shortly.",
      resolve: ({ projectId, deliveryId }, _: object, context: Context, info) => loadPayload(webhookDeliveryEntity, { projectId: projectId!, id: deliveryId }, context, info),
    }),
  }),
  resolve: (input, context) => context.perform("testWebhookEndpoint", input, (verb) => testWebhookEndpoint(verb, keyIn(input))),
});

defineVerb<{ webhookEndpointId: string; deliveryIds?: string[] | null }, RowPayload & { replayed: number }>("replayWebhookDeliveries", {
  description: `Sends deliveries again, with the webhook-id that they had. ${WHO}`,
  for: MANAGERS,
  input: (t) => ({
    webhookEndpointId: t.id({ required: true, description: "The endpoint." }),
    deliveryIds: t.idList({ description: "Which: 1 to 500 of the endpoint's, of whatever state. If absent, the oldest 500 dead ones that have not been sent again." }),
  }),
  payload: (t) => ({ ...endpointField(t as never), replayed: t.exposeInt("replayed", { description: "How many are on their way again." }) }),
  resolve: (input, context) => {
    const deliveryIds = input.deliveryIds?.map((id, i) => decodeId(webhookDeliveryEntity.name, id, ["deliveryIds", String(i)]).id) ?? null;
    return context.perform("replayWebhookDeliveries", input, (verb) => replayWebhookDeliveries(verb, keyIn(input), deliveryIds));
  },
});
