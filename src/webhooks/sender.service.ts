import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { Webhook } from "standardwebhooks";
import { newId } from "../core/ids.ts";
import { SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import { identityOf, WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import type { Pool } from "../db/pool.ts";
import { withRole, write } from "../db/session.ts";
import { asWorker } from "../db/verb.ts";
import type { Asked } from "../events/about.ts";
import { encodeEventCursor } from "../events/cursor.ts";
import { append } from "../events/outbox.ts";
import type { SealedEvent } from "../events/reader.ts";
import { type Attempted, type Behind, claimDue, type Claimed, listSeen, lockBehind, moveCursors, noteAttempts } from "./deliveries.store.ts";
import { post } from "./post.service.ts";
import { isGone, isTaken, nextAttemptAt } from "./rules.ts";
import { changeEndpoint, deleteDeliveries, insertDeliveries, listServedProjects, lockEndpoint, nextDueAt } from "./store.ts";
import type { EventFilter } from "./table.ts";

export interface SenderOptions {
  pool: Pool;
  log: Logger;
  /** Deliveries may go into private networks. */
  allowsPrivate: boolean;
  /** The opaque id of an event's subject. */
  subjectIdOf: (type: string, projectId: string, id: string) => string;
  /** What an endpoint's filter asks for. */
  askedBy: (filter: EventFilter) => Asked[];
}

/** Sends events to their endpoints. One runs in every process; they share the work. */
export interface Sender {
  hear(events: readonly SealedEvent[]): void;
  close(): Promise<void>;
}

const TIMEOUT_MS = 7_000;
const IDLE_MS = 60_000;
const LEAST_WAIT_MS = 20;
const RETRY_MS = 1_000;
/** What one turn looks at and sends. */
const ENDPOINTS = 20;
const STRETCH = 5_000;
const EVENTS = 500;
const SENT_AT_ONCE = 50;
const SENT_TO_ONE = 10;
/** For how long a claimed delivery is this process's. */
const HOLD_MS = 60_000;
const KEPT_DAYS = 30;
const GONE = "Its address is gone (410).";
const EXHAUSTED = "A delivery failed for three days.";
const MOST_BUSY = 50;
const DAY_MS = 86_400_000;
const DELETED_AT_ONCE = 5_000;

function ownerOf({ projectId, ownerId, role, vendorId, teamId, labelerId }: Behind): Viewer {
  return { ...SYSTEM_VIEWER, principalId: ownerId, role, projectIds: role === "ADMIN" ? null : [projectId], vendorId, teamId, labelerId };
}

async function disable(db: Db, { projectId, id, vendorId }: Pick<Behind, "projectId" | "id" | "vendorId">, why: string, now: Date): Promise<void> {
  await changeEndpoint(db, { projectId, id }, { state: "DISABLED", stateReason: why }, now);
  const audience = { isPartnerVisible: vendorId !== null, vendorId };
  const what = { type: "webhook_endpoint.disabled", subjectType: "WebhookEndpoint", subjectId: id, fromState: "ACTIVE", toState: "DISABLED" };
  await append(asWorker(db, now), [{ projectId, ...what, audience }]);
}

/** Writes a delivery for each event behind the endpoints that are behind, as far as their owners see them now; how many endpoints moved on. */
export async function enqueueDeliveries(db: Db, now: Date, askedBy: SenderOptions["askedBy"]): Promise<number> {
  const behind = await lockBehind(db, ENDPOINTS);
  const moved: { projectId: string; id: string; seq: number }[] = [];
  for (const endpoint of behind) {
    const { projectId, id, eventTypes: types, cursorSeq, head, vendorId, ownerId } = endpoint;
    if (!endpoint.isStanding) {
      await disable(db, endpoint, "Its owner no longer holds the role that it was made with.", now);
      continue;
    }
    const upTo = Math.min(head, cursorSeq + STRETCH);
    const stretch = { projectId, after: cursorSeq, upTo, types, asked: askedBy(endpoint.filter ?? {}), limit: EVENTS };
    const seen = await withRole(db, identityOf(ownerOf(endpoint)), (asOwner) => listSeen(asOwner, stretch));
    await insertDeliveries(db, seen.map(({ seq, eventId, type }) => ({
      projectId, id: newId(now), endpointId: id, eventId, seq, eventType: type, state: "PENDING" as const, nextAttemptAt: now, vendorId, ownerId, createdAt: now, updatedAt: now,
    })));
    moved.push({ projectId, id, seq: seen.length === EVENTS ? seen.at(-1)!.seq : upTo });
  }
  if (moved.length > 0) await moveCursors(db, moved);
  return behind.length;
}

/** Follows sealed events and the clock; a target that is slow or dead holds up its own deliveries alone. */
export function startSender({ pool, log, allowsPrivate, subjectIdOf, askedBy }: SenderOptions): Sender {
  const closing = new AbortController();
  // Projects with endpoints, and whether some may have changed since they were read.
  let served = new Set<string>();
  let isStale = true;
  let wake = new AbortController();
  let deletedAt = 0;
  const busy = new Map<string, Promise<unknown>>();

  const transact = <T>(work: (db: Db) => Promise<T>) => write(pool, WORKER, work, { timeoutMs: TIMEOUT_MS });

  function bodyOf({ projectId, eventType, event }: Claimed, now: Date): string {
    if (!event) return JSON.stringify({ type: eventType, timestamp: now.toISOString(), data: {} });
    const { seq, subjectType, subjectId, fromState, toState, payload, recordedAt } = event;
    const subject = { type: subjectType, id: subjectIdOf(subjectType, projectId, subjectId) };
    return JSON.stringify({ type: eventType, timestamp: recordedAt, data: { cursor: encodeEventCursor(projectId, seq), subject, fromState, toState, reason: event.reason, payload } });
  }

  async function attempt(claimed: Claimed): Promise<Attempted> {
    const { projectId, id, endpointId, url, secrets, attempts, replayOfId } = claimed;
    const now = new Date();
    const messageId = `msg_${replayOfId ?? id}`;
    const body = bodyOf(claimed, now);
    const signature = secrets.map((secret) => new Webhook(secret).sign(messageId, now, body)).join(" ");
    const headers = { "webhook-id": messageId, "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)), "webhook-signature": signature };
    const { status, error, ms } = await post(url, headers, body, allowsPrivate);
    const next = isTaken(status) || isGone(status) ? null : nextAttemptAt(new Date(), attempts, Math.random());
    const state = isTaken(status) ? "DELIVERED" : next ? "FAILED" : "DEAD";
    return { projectId, id, endpointId, state, nextAttemptAt: next, status, error, ms };
  }

  async function sendTo(claimed: readonly Claimed[]): Promise<void> {
    const attempts = await Promise.all(claimed.map(attempt));
    const now = new Date();
    const dead = attempts.find(({ state }) => state === "DEAD");
    await transact(async (db) => {
      await noteAttempts(db, attempts, now);
      if (!dead) return;
      const endpoint = await lockEndpoint(db, { projectId: dead.projectId, id: dead.endpointId });
      // Somebody may have stopped it, or sent it elsewhere, while the answer was on its way.
      if (endpoint?.state !== "ACTIVE" || endpoint.url !== claimed[0]!.url) return;
      await disable(db, endpoint, isGone(dead.status) ? GONE : EXHAUSTED, now);
    });
  }

  // Each endpoint's deliveries go out by themselves; what isn't noted in the end is tried again when its hold is over.
  async function sendDue(): Promise<number> {
    const now = new Date();
    const limits = { until: new Date(now.getTime() + HOLD_MS), most: SENT_AT_ONCE, perEndpoint: SENT_TO_ONE, busyIds: [...busy.keys()] };
    const claimed = await transact((db) => claimDue(db, now, limits));
    for (const endpointId of new Set(claimed.map((each) => each.endpointId))) {
      const sent = sendTo(claimed.filter((each) => each.endpointId === endpointId))
        .catch((error: unknown) => log.warn({ err: error, endpointId }, "what came of deliveries was not noted"))
        .finally(() => {
          busy.delete(endpointId);
          wake.abort();
        });
      busy.set(endpointId, sent);
    }
    return claimed.length;
  }

  async function deleteOld(): Promise<void> {
    if (Date.now() - deletedAt < DAY_MS / 24) return;
    deletedAt = Date.now();
    while ((await transact((db) => deleteDeliveries(db, new Date(Date.now() - KEPT_DAYS * DAY_MS), DELETED_AT_ONCE))) === DELETED_AT_ONCE);
  }

  async function rest(): Promise<void> {
    const due = served.size > 0 ? await transact((db) => nextDueAt(db, [...busy.keys()])) : null;
    const waitMs = due ? Math.min(Math.max(due.getTime() - Date.now(), LEAST_WAIT_MS), IDLE_MS) : IDLE_MS;
    await sleep(waitMs, undefined, { signal: AbortSignal.any([wake.signal, closing.signal]) }).catch(() => {});
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      wake = new AbortController();
      try {
        if (isStale) {
          isStale = false;
          served = new Set(await transact(listServedProjects));
        }
        let moved = 0;
        if (served.size > 0) {
          // In turns, so that events that come without a pause don't keep those before them from being sent.
          moved = await transact((db) => enqueueDeliveries(db, new Date(), askedBy));
          while (!closing.signal.aborted && busy.size < MOST_BUSY && (await sendDue()) > 0);
          await deleteOld();
        }
        if (moved === 0) await rest();
      } catch (error) {
        isStale = true;
        if (!closing.signal.aborted) log.warn({ err: error }, "webhooks can't be sent; it goes on shortly");
        await sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  const running = run();
  return {
    hear(events) {
      const isAboutEndpoints = events.some(({ subjectType }) => subjectType === "WebhookEndpoint");
      const isServed = events.some(({ projectId }) => served.has(projectId));
      if (isAboutEndpoints) isStale = true;
      if (isAboutEndpoints || isServed) wake.abort();
    },
    async close() {
      closing.abort();
      await running;
      await Promise.all(busy.values());
    },
  };
}
