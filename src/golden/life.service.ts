import { checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import type { FieldRefusal } from "../core/fields.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { openNames } from "../decisions/names.service.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { effectiveSettings } from "../projects/rules.ts";
import {
  countExposures, type EndedItem, expireItems, findProjectCode, lockGoldenItem, outdateItems, retireItems, retireRow,
} from "./life.store.ts";
import { checkPeriod, endOf, GOLDEN_MACHINE, type GoldenInput, goldenParts, type GoldenVerb, isWornOut } from "./rules.ts";
import { resolveItems } from "./service.ts";
import { type GoldenFacts, insertGolden, listActive, lockGolden } from "./store.ts";
import type { GoldenItemRow } from "./table.ts";

type Status = GoldenItemRow["status"];

function itemEvent({ projectId, id }: ProjectKey, from: Status | null, to: Status, payload: EventDraft["payload"] = {}): EventDraft {
  const subject = { projectId, type: `golden_item.${to.toLowerCase()}`, subjectType: "GoldenItem", subjectId: id };
  return { ...subject, fromState: from, toState: to, payload, audience: {} };
}

async function takeItem(verb: Verb, key: ProjectKey, name: GoldenVerb, expectedVersion: ExpectedVersion): Promise<GoldenItemRow> {
  const item = await lockGoldenItem(verb.db, key);
  if (!item) throw new NotFound("There is no such golden item.", ["id"]);
  checkVersion(item.version, expectedVersion);
  walk(GOLDEN_MACHINE, item.status, name, goldenParts(verb.viewer));
  return item;
}

/** Ends a golden item: decisions from now on are not graded by it. Its content may then have another answer. */
export async function retireGoldenItem(
  verb: Verb,
  key: ProjectKey,
  input: { reason: string; expectedVersion?: ExpectedVersion },
): Promise<ProjectKey> {
  const item = await takeItem(verb, key, "retireGoldenItem", input.expectedVersion);
  const reason = checkText(input.reason, ["reason"]);
  await retireRow(verb.db, key, null, endOf(item, verb.now), verb.now);
  await append(verb, [{ ...itemEvent(key, item.status, "RETIRED"), reason }]);
  return key;
}

/** An answer as it was found anew; source and rule stay where they are absent. */
export interface Review extends Omit<GoldenInput, "contentRef" | "contentHash"> {
  expectedVersion?: ExpectedVersion;
}

function refuse({ code, field, message }: FieldRefusal): never {
  throw new (code === "NOT_FOUND" ? NotFound : InvalidInput)(`${field}: ${message}`, [field]);
}

async function factsOf(verb: Verb, old: GoldenItemRow, review: Review): Promise<GoldenFacts> {
  const { projectId, contentRef, source, rule } = old;
  const ended = old.activeTo!;
  if (review.activeFrom && review.activeFrom < ended) {
    const given = review.activeFrom.toISOString();
    throw new InvalidInput(`activeFrom: ${given} must not be before ${ended.toISOString()}, when the item before it ended.`, ["activeFrom"]);
  }
  const content = { contentRef, contentHash: old.contentHash.toString("hex") };
  const answer = { ...review, ...content, source: review.source ?? source, rule: review.rule ?? rule };
  const { rows, refusals } = await resolveItems(verb, await openNames(verb.db, await findProjectCode(verb.db, projectId)), [answer]);
  const facts = rows[0]?.facts ?? refuse(refusals[0]!);
  const activeFrom = facts.activeFrom < ended ? ended : facts.activeFrom;
  const early = checkPeriod(activeFrom, facts.activeTo);
  return early ? refuse(early) : { ...facts, activeFrom };
}

/**
 * Ends the review of an item whose policy has changed: it goes on as a new one, with the answer as it is under the version in force, active
 * since the old one ended or that version took effect, whichever was later. The old one still counts for decisions made before.
 */
export async function reviewGoldenItem(verb: Verb, key: ProjectKey, review: Review): Promise<{ reviewed: ProjectKey; item: ProjectKey }> {
  const old = await takeItem(verb, key, "reviewGoldenItem", review.expectedVersion);
  await lockGolden(verb.db, key.projectId);
  const facts = await factsOf(verb, old, review);
  if ((await asSystem(verb, (db) => listActive(db, key.projectId, [facts.contentHash]))).size > 0) {
    throw new Conflict("The content has another active golden item already; retire this one instead.", ["id"]);
  }
  const item = { projectId: key.projectId, id: facts.id };
  await retireRow(verb.db, key, null, endOf(old, verb.now), verb.now);
  await insertGolden(verb.db, key.projectId, [facts], verb.now);
  await append(verb, [
    itemEvent(key, old.status, "RETIRED", { goesOnAs: encodeId("GoldenItem", item) }),
    itemEvent(item, null, "ACTIVE", { goesOnFrom: encodeId("GoldenItem", key) }),
  ]);
  return { reviewed: key, item };
}

const BATCH = 500;
const COUNTED_BATCH = 200;
const HOUR_MS = 3_600_000;
const endedEvent = (item: EndedItem, to: Status, payload: object = {}) =>
  itemEvent(item, "ACTIVE", to, { ...payload, activeTo: item.activeTo.toISOString() });

/** Sends items to review whose policy has changed, a batch at a time: how many. Call again until it answers 0. */
export async function outdateGoldenItems(db: Db, now: Date): Promise<number> {
  const items = await outdateItems(db, now, BATCH);
  await append(asWorker(db, now), items.map((item) => endedEvent(item, "NEEDS_REVIEW")));
  return items.length;
}

/** Retires items whose time is over, a batch at a time: how many. Call again until it answers 0. */
export async function expireGoldenItems(db: Db, now: Date): Promise<number> {
  const items = await expireItems(db, now, BATCH);
  await append(asWorker(db, now), items.map((item) => endedEvent(item, "RETIRED", { cause: "EXPIRED" })));
  return items.length;
}

/**
 * Counts anew how many decisions were made on golden items, for each at most once an hour, and retires those that were seen more often than
 * their project allows: how many were counted, a batch at a time. Call again until it answers 0.
 */
export async function countGoldenExposures(db: Db, now: Date): Promise<number> {
  const items = await countExposures(db, new Date(now.getTime() - HOUR_MS), now, COUNTED_BATCH);
  const worn = items.filter(({ exposureCount, settings }) => isWornOut(exposureCount, effectiveSettings(settings)));
  if (worn.length > 0) await retireItems(db, worn, now);
  const retired = worn.map((item) => itemEvent(item, "ACTIVE", "RETIRED", { cause: "EXPOSED", exposureCount: item.exposureCount }));
  await append(asWorker(db, now), retired);
  return items.length;
}
