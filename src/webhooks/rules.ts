import { randomBytes } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Access, Scope, Viewer } from "../core/viewer.ts";
import type { WebhookEndpointRow } from "./table.ts";

export type WebhookVerb = "pauseWebhookEndpoint" | "resumeWebhookEndpoint" | "disableWebhookEndpoint";
export type WebhookActor = "ITS_MANAGER" | "SYS";

/** From its making to its end; one that was disabled can be resumed, and goes on where it stopped. */
export const WEBHOOK_MACHINE: Machine<WebhookEndpointRow["state"], WebhookVerb, WebhookActor> = {
  entity: "webhook endpoint",
  arrows: [
    { from: ["ACTIVE"], verb: "pauseWebhookEndpoint", to: "PAUSED", who: ["ITS_MANAGER"] },
    { from: ["PAUSED", "DISABLED"], verb: "resumeWebhookEndpoint", to: "ACTIVE", who: ["ITS_MANAGER"] },
    { from: ["ACTIVE", "PAUSED"], verb: "disableWebhookEndpoint", to: "DISABLED", who: ["ITS_MANAGER", "SYS"] },
  ],
};

/** What a client needs to have events sent to it: to be told of them is to read them. */
export const CLIENT_SCOPES = ["webhooks:write", "events:read"] as const satisfies readonly Scope[];
/** Who makes and manages endpoints. */
export const MANAGERS: Access = { roles: ["ADMIN", "QA_LEAD", "VENDOR_MANAGER"], scope: "webhooks:write" };

/** What a viewer is to an endpoint that they see: its manager, if it is their own, their vendor's, or they answer for the project. */
export function webhookParts(viewer: Viewer, { ownerId, vendorId }: Pick<WebhookEndpointRow, "ownerId" | "vendorId">): Set<WebhookActor> {
  const isStaff = viewer.role === "ADMIN" || viewer.role === "QA_LEAD";
  const isVendors = viewer.role === "VENDOR_MANAGER" && viewer.vendorId === vendorId && (viewer.teamId === null || ownerId === viewer.principalId);
  const isClients = viewer.role === "SERVICE" && viewer.scopes?.has("webhooks:write") && ownerId === viewer.principalId;
  return new Set(isStaff || isVendors || isClients ? ["ITS_MANAGER"] : []);
}

const MAX_URL = 2_000;

// Networks that are nobody's public address: one's own host, private, shared, link-local, documentation, multicast and reserved ones (RFC 6890).
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.0.0.0", 24], ["192.0.2.0", 24],
  ["192.88.99.0", 24], ["192.168.0.0", 16], ["198.18.0.0", 15], ["198.51.100.0", 24], ["203.0.113.0", 24], ["224.0.0.0", 4], ["240.0.0.0", 4],
] as const) PRIVATE.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 96], ["64:ff9b::", 96], ["64:ff9b:1::", 48], ["100::", 64], ["2001::", 23], ["2001:db8::", 32], ["2002::", 16], ["fc00::", 7], ["fe80::", 10], ["fec0::", 10], ["ff00::", 8],
] as const) PRIVATE.addSubnet(net, bits, "ipv6");

/** True for an address that is reached inside a network only, or means another (an IPv4 one written as IPv6, a tunnel's). */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return isPrivateAddress(mapped);
  return PRIVATE.check(address, family === 6 ? "ipv6" : "ipv4");
}

/**
 * The address that events are sent to: https to a public host, without a user or fragment. Where private targets are allowed, http and hosts
 * inside the network too. What a name leads to is looked at again at every delivery.
 */
export function checkUrl(text: string, allowsPrivate: boolean): string {
  const refuse = (why: string) => new InvalidInput(`url: ${why}`, ["url"]);
  if (text.length > MAX_URL) throw refuse(`must have at most ${MAX_URL} characters, has ${text.length}.`);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw refuse(`"${text}" is not an absolute URL, such as https://portal.example/hooks.`);
  if (url.protocol !== "https:" && !(allowsPrivate && url.protocol === "http:")) throw refuse(`${url.protocol} is not taken; use https.`);
  if (url.username || url.password) throw refuse("leave user and password out; deliveries are signed.");
  if (url.hash) throw refuse("leave out what follows #; it is never sent.");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isInside = isIP(host) ? isPrivateAddress(host) : /(^|\.)(localhost|local|internal)\.?$/i.test(host);
  if (isInside && !allowsPrivate) throw refuse(`${host} is in a private network; name a host that is reached from the internet.`);
  return url.href;
}

const TYPE = /^[a-z_]+\.([A-Za-z0-9_]+|\*)$|^[a-z_]+\.\*$/;
const MAX_TYPES = 100;

/** Types of events to be sent, each once: `audit.published`, or `audit.*` for all of an entity. None are all. */
export function checkEventTypes(types: readonly string[]): string[] {
  const wrong = types.findIndex((type) => !TYPE.test(type) || type.length > 100);
  if (wrong >= 0) throw new InvalidInput(`eventTypes: "${types[wrong]}" is no event type, such as audit.published or audit.*.`, ["eventTypes", String(wrong)]);
  if (types.length > MAX_TYPES) throw new InvalidInput(`eventTypes: at most ${MAX_TYPES}; there are ${types.length}.`, ["eventTypes"]);
  return [...new Set(types)];
}

/** A new secret to sign with, as Standard Webhooks writes it: 256 random bits. */
export function makeSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

const MOST_OVERLAP_HOURS = 168;

/** For how long the secret before signs beside a new one: 0 hours to a week. */
export function checkOverlap(hours: number): number {
  if (hours >= 0 && hours <= MOST_OVERLAP_HOURS) return hours;
  throw new InvalidInput(`overlapHours: ${hours} must be 0 to ${MOST_OVERLAP_HOURS}.`, ["overlapHours"]);
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
// The waits that Standard Webhooks proposes: three days in all.
const WAITS_MS = [5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS];

/** When a delivery is tried again that has failed so often; null once it is dead. A tenth more or less, so that many don't come back at once. */
export function nextAttemptAt(now: Date, attempts: number, chance: number): Date | null {
  const wait = WAITS_MS[attempts - 1];
  return wait === undefined ? null : new Date(now.getTime() + wait * (0.9 + 0.2 * chance));
}

/** True for an answer after which nothing more is to be sent to the address: it is gone for good (410). */
export function isGone(status: number | null): boolean {
  return status === 410;
}

/** True for an answer that takes a delivery: 2xx. */
export function isTaken(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}
