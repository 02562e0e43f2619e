import { Conflict, Forbidden, InvalidInput, NotFound } from "../core/errors.ts";
import { checkText } from "../core/checks.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn, mayOnly } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkEventTypes, checkOverlap, checkUrl, makeSecret, MANAGERS, WEBHOOK_MACHINE, webhookParts, type WebhookVerb } from "./rules.ts";
import { changeEndpoint, countEndpoints, headOf, insertDeliveries, insertEndpoint, listDead, listDeliveries, lockEndpoint, replaceSecret } from "./store.ts";
import type { EventFilter, WebhookEndpointRow } from "./table.ts";

const HOUR_MS = 3_600_000;
const MOST_ENDPOINTS = 50;
const MOST_REPLAYED = 500;

/** Where events are to be sent, and which. */
export interface EndpointWish {
  url: string;
  description?: string | null;
  eventTypes: readonly string[];
  filter: EventFilter | null;
}

async function announce(verb: Verb, row: Pick<WebhookEndpointRow, "projectId" | "id" | "vendorId" | "ownerId">, what: string, states = {}): Promise<void> {
  const { projectId, id, vendorId } = row;
  const audience = { isPartnerVisible: vendorId !== null, vendorId };
  await append(verb, [{ projectId, type: `webhook_endpoint.${what}`, subjectType: "WebhookEndpoint", subjectId: id, audience, ...states }]);
}

const wordsOf = ({ description }: Partial<EndpointWish>) => (description == null ? null : checkText(description, ["description"]));

// An endpoint outlasts the token of whoever acts for its owner, and is sent what the owner may see.
function checkOwner({ viewer }: Verb): void {
  if (viewer.via) throw new Forbidden("A client that acts for somebody manages no webhooks of theirs; they do it themselves, or it makes its own by scope webhooks:write.");
}

// An endpoint that the viewer manages, locked.
async function takeEndpoint(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<WebhookEndpointRow> {
  checkOwner(verb);
  const row = await lockEndpoint(verb.db, key);
  if (!row || webhookParts(verb.viewer, row).size === 0) throw new NotFound("There is no such webhook endpoint.", ["webhookEndpointId"]);
  checkVersion(row.version, expectedVersion);
  return row;
}

// Those that are disabled don't count, until they are resumed.
async function checkRoom(verb: Verb, projectId: string, path: readonly string[]): Promise<void> {
  if ((await asSystem(verb, (system) => countEndpoints(system, projectId))) < MOST_ENDPOINTS) return;
  throw new Conflict(`${path[0]}: the project has ${MOST_ENDPOINTS} webhook endpoints, the most there may be; disable one.`, path);
}

/**
 * Has a project's events sent to an address from now on, as far as the viewer may see them under the role they act in; with the secret that
 * they are signed with. At most 50 of a project.
 */
export async function createWebhookEndpoint(
  verb: Verb,
  projectId: string,
  wish: EndpointWish,
  allowsPrivate: boolean,
): Promise<ProjectKey & { secret: string | null }> {
  const { db, viewer, now } = verb;
  mayOnly(viewer, "createWebhookEndpoint", { ...MANAGERS, scope: "events:read" });
  checkOwner(verb);
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const row = {
    projectId, id: newId(now), url: checkUrl(wish.url, allowsPrivate), description: wordsOf(wish), eventTypes: checkEventTypes(wish.eventTypes), filter: wish.filter,
    state: "ACTIVE" as const, ownerId: viewer.principalId, role: viewer.role, vendorId: viewer.vendorId, teamId: viewer.teamId, labelerId: viewer.labelerId,
    cursorSeq: await asSystem(verb, (system) => headOf(system, projectId)), createdAt: now, updatedAt: now,
  };
  await checkRoom(verb, projectId, ["projectId"]);
  await insertEndpoint(db, row);
  const secret = makeSecret();
  await asSystem(verb, (system) => replaceSecret(system, row, { id: newId(now), secret }, now, now));
  await announce(verb, row, "active", { toState: "ACTIVE" });
  return { projectId, id: row.id, secret };
}

/** Changes where an endpoint's events go to, and which are sent from now on. */
export async function changeWebhookEndpoint(
  verb: Verb,
  key: ProjectKey,
  change: Partial<EndpointWish>,
  expectedVersion: ExpectedVersion,
  allowsPrivate: boolean,
): Promise<ProjectKey> {
  const row = await takeEndpoint(verb, key, expectedVersion);
  await changeEndpoint(verb.db, key, {
    ...(change.url == null ? {} : { url: checkUrl(change.url, allowsPrivate), failures: 0 }),
    ...(change.eventTypes == null ? {} : { eventTypes: checkEventTypes(change.eventTypes) }),
    ...(change.description === undefined ? {} : { description: wordsOf(change) }),
    ...(change.filter === undefined ? {} : { filter: change.filter }),
  }, verb.now);
  await announce(verb, row, "changeWebhookEndpoint");
  return key;
}

async function turn(verb: Verb, key: ProjectKey, name: WebhookVerb, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const row = await takeEndpoint(verb, key, expectedVersion);
  const to = walk(WEBHOOK_MACHINE, row.state, name, webhookParts(verb.viewer, row)).to!;
  if (row.state === "DISABLED") await checkRoom(verb, key.projectId, ["webhookEndpointId"]);
  await changeEndpoint(verb.db, key, { state: to, stateReason: null, ...(to === "ACTIVE" ? { failures: 0 } : {}) }, verb.now);
  await announce(verb, row, to.toLowerCase(), { fromState: row.state, toState: to });
  return key;
}

/** Sends nothing for now; what happens meanwhile is sent when it is resumed. */
export const pauseWebhookEndpoint = (verb: Verb, key: ProjectKey, version: ExpectedVersion) => turn(verb, key, "pauseWebhookEndpoint", version);
/** Sends again, first what happened since it stopped. */
export const resumeWebhookEndpoint = (verb: Verb, key: ProjectKey, version: ExpectedVersion) => turn(verb, key, "resumeWebhookEndpoint", version);
/** Ends an endpoint; its log stays, and it may be resumed. */
export const disableWebhookEndpoint = (verb: Verb, key: ProjectKey, version: ExpectedVersion) => turn(verb, key, "disableWebhookEndpoint", version);

/** Gives an endpoint a new secret. Deliveries are signed with the one before too until the overlap is over, so that none is refused meanwhile. */
export async function rotateWebhookSecret(
  verb: Verb,
  key: ProjectKey,
  overlapHours: number,
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey & { secret: string | null }> {
  const row = await takeEndpoint(verb, key, expectedVersion);
  const secret = makeSecret();
  const formerEndsAt = new Date(verb.now.getTime() + checkOverlap(overlapHours) * HOUR_MS);
  await asSystem(verb, (system) => replaceSecret(system, key, { id: newId(verb.now), secret }, verb.now, formerEndsAt));
  await changeEndpoint(verb.db, key, {}, verb.now);
  await announce(verb, row, "rotateWebhookSecret");
  return { ...key, secret };
}

const deliveryOf = ({ projectId, id, vendorId, ownerId }: WebhookEndpointRow, now: Date) => ({
  projectId, id: newId(now), endpointId: id, state: "PENDING" as const, nextAttemptAt: now, vendorId, ownerId, createdAt: now, updatedAt: now,
});

/** Sends an endpoint something to try it with, of type `webhook.test`. */
export async function testWebhookEndpoint(verb: Verb, key: ProjectKey): Promise<ProjectKey & { deliveryId: string }> {
  const row = await takeEndpoint(verb, key, null);
  if (row.state !== "ACTIVE") throw new Conflict(`webhookEndpointId: it is ${row.state}, and nothing is sent; resume it first.`, ["webhookEndpointId"]);
  const delivery = { ...deliveryOf(row, verb.now), eventType: "webhook.test" };
  await asSystem(verb, (system) => insertDeliveries(system, [delivery]));
  await announce(verb, row, "testWebhookEndpoint");
  return { ...key, deliveryId: delivery.id };
}

/** Sends deliveries of an endpoint again, with the ids that they had: those named, or the oldest 500 dead ones. How many. */
export async function replayWebhookDeliveries(verb: Verb, key: ProjectKey, deliveryIds: readonly string[] | null): Promise<ProjectKey & { replayed: number }> {
  const row = await takeEndpoint(verb, key, null);
  if (deliveryIds && (deliveryIds.length < 1 || deliveryIds.length > MOST_REPLAYED)) {
    throw new InvalidInput(`deliveryIds: name 1 to ${MOST_REPLAYED}; there are ${deliveryIds.length}.`, ["deliveryIds"]);
  }
  const former = deliveryIds ? await listDeliveries(verb.db, key, deliveryIds) : await listDead(verb.db, key, MOST_REPLAYED);
  const missing = deliveryIds?.findIndex((id) => !former.some((each) => each.id === id)) ?? -1;
  if (missing >= 0) throw new NotFound("There is no such delivery of the endpoint.", ["deliveryIds", String(missing)]);
  const rows = former.map(({ eventId, seq, eventType, id, replayOfId }) => ({ ...deliveryOf(row, verb.now), eventId, seq, eventType, replayOfId: replayOfId ?? id }));
  await asSystem(verb, (system) => insertDeliveries(system, rows));
  await announce(verb, row, "replayWebhookDeliveries");
  return { ...key, replayed: rows.length };
}
