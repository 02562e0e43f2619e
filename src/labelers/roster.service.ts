import { InvalidInput, NotFound } from "../core/errors.ts";
import type { FieldRefusal, RowRefusal } from "../core/fields.ts";
import { newId } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import {
  findIdsByRef, findVendorId, insertLabelers, insertMemberships, listPlaces, lockByRef, type NewLabeler, updateLabelers,
} from "./roster.store.ts";
import { checkRosterRow, makePseudonym, MOST_ROWS, type Place, planRosterRow, type RosterPlan, type RosterRow } from "./rules.ts";
import { labelerEvent, reseat } from "./service.ts";

/** What came of one row of a roster. */
export interface RosterResult {
  row: number;
  externalRef: string;
  outcome: "CREATED" | "UPDATED" | "UNCHANGED" | "REFUSED";
  /** Null if the row was refused. */
  labelerId: string | null;
  refusal: RowRefusal | null;
}

type Places = (row: RosterRow) => Place | FieldRefusal | undefined;

// What a row says of the place: undefined for nothing, nulls for none.
async function readPlaces(verb: Verb, vendorId: string, rows: readonly RosterRow[]): Promise<Places> {
  const codes = (field: "siteCode" | "teamCode") => [...new Set(rows.flatMap((row) => row[field] ?? []))];
  const known = codes("siteCode").length > 0 ? await listPlaces(verb.db, vendorId, codes("siteCode"), codes("teamCode")) : [];
  const byCodes = new Map(known.map((place) => [JSON.stringify([place.siteCode, place.teamCode]), place]));
  return ({ siteCode, teamCode }) => {
    if (siteCode === undefined) return undefined;
    if (siteCode === null) return { siteId: null, teamId: null };
    const place = byCodes.get(JSON.stringify([siteCode, teamCode ?? null]));
    const [field, value] = byCodes.has(JSON.stringify([siteCode, null])) ? ["teamCode", teamCode!] : ["siteCode", siteCode];
    return place ?? { field, value, code: "NOT_FOUND", message: "the vendor has no such place." };
  };
}

function taken({ externalRef }: RosterRow, message: string): FieldRefusal {
  return { field: "externalRef", value: externalRef, code: "CONFLICT", message };
}

async function planRows(verb: Verb, vendorId: string, rows: readonly RosterRow[]): Promise<RosterPlan[]> {
  const refs = rows.map(({ externalRef }) => externalRef);
  const placeOf = await readPlaces(verb, vendorId, rows);
  const present = new Map((await lockByRef(verb.db, vendorId, refs)).map((labeler) => [labeler.externalRef, labeler]));
  const firstRow = new Map([...refs.entries()].reverse().map(([row, ref]) => [ref, row]));
  return rows.map((row, index): RosterPlan => {
    const wrong = checkRosterRow(row, verb.now);
    if (wrong) return { outcome: "REFUSED", refusal: wrong };
    const first = firstRow.get(row.externalRef)!;
    if (first < index) return { outcome: "REFUSED", refusal: taken(row, `stands in row ${first} already.`) };
    const place = placeOf(row);
    if (place && "field" in place) return { outcome: "REFUSED", refusal: place };
    return planRosterRow(row, present.get(row.externalRef) ?? null, place, verb.viewer.teamId);
  });
}

type NewRow = Omit<NewLabeler, "id" | "pseudonym">;

// Each with a membership from their first day (UTC), or now. Those whose reference is free alone: their ids by it.
async function create(verb: Verb, vendorId: string, wanted: readonly NewRow[]): Promise<Map<string, string>> {
  const rows = wanted.map((row) => ({ ...row, id: newId(verb.now), pseudonym: makePseudonym() }));
  if (rows.length === 0) return new Map();
  const added = await insertLabelers(verb.db, vendorId, rows, verb.now);
  const created = rows.filter(({ id }) => added.has(id));
  const memberships = created.map(({ id: labelerId, siteId, teamId, hiredOn }) => {
    const from = hiredOn ? new Date(`${hiredOn}T00:00:00Z`) : verb.now;
    return { id: newId(from), labelerId, siteId, teamId, from };
  });
  await insertMemberships(verb.db, vendorId, memberships);
  await append(verb, created.map((row) => labelerEvent({ ...row, vendorId }, row.status.toLowerCase(), { toState: row.status })));
  return new Map(created.map(({ externalRef, id }) => [externalRef, id]));
}

async function update(verb: Verb, vendorId: string, plans: readonly (RosterPlan & { outcome: "UPDATED" })[]): Promise<void> {
  if (plans.length === 0) return;
  await updateLabelers(verb.db, plans.map(({ labeler }) => labeler), verb.now);
  const moved = plans.filter(({ isMoved }) => isMoved).map(({ labeler }) => labeler);
  await reseat(verb, vendorId, moved, verb.now);
  const drafts = plans.map(({ labeler, changed }) => {
    const payload = { changed, siteId: labeler.siteId, teamId: labeler.teamId };
    return labelerEvent(labeler, "upsertLabelers", { fromState: labeler.status, toState: labeler.status, payload });
  });
  await append(verb, drafts);
}

/**
 * Brings a vendor's labelers up to a roster: new ones are added, present ones changed and moved, in a handful of statements. Each row has an
 * outcome of its own; a refused one takes no other with it.
 */
export async function upsertLabelers(
  verb: Verb,
  input: { vendorCode: string; rows: readonly RosterRow[] },
): Promise<{ results: RosterResult[] }> {
  const { vendorCode, rows } = input;
  if (rows.length < 1 || rows.length > MOST_ROWS) {
    throw new InvalidInput(`rows: bring 1 to ${MOST_ROWS} a call, not ${rows.length}.`, ["rows"]);
  }
  const vendorId = await findVendorId(verb.db, vendorCode);
  if (!vendorId) throw new NotFound(`vendorCode: there is no vendor "${vendorCode}".`, ["vendorCode"]);
  const plans = await planRows(verb, vendorId, rows);
  const wanted = plans.flatMap((plan, row) => {
    if (plan.outcome !== "CREATED") return [];
    const { externalRef, name = null, kind, hiredOn = null } = rows[row]!;
    return [{ externalRef, name, kind: kind ?? "HUMAN", hiredOn, status: plan.status, ...plan.place }];
  });
  const created = await create(verb, vendorId, wanted);
  await update(verb, vendorId, plans.filter((plan) => plan.outcome === "UPDATED"));
  const results = plans.map((plan, row): RosterResult => {
    const { externalRef } = rows[row]!;
    const labelerId = "labeler" in plan ? plan.labeler.id : created.get(externalRef);
    if (plan.outcome !== "REFUSED" && labelerId) return { row, externalRef, outcome: plan.outcome, labelerId, refusal: null };
    const refusal = "refusal" in plan ? plan.refusal : taken(rows[row]!, "is taken: just now, or in a team that isn't yours.");
    return { row, externalRef, outcome: "REFUSED", labelerId: null, refusal: { row, ...refusal } };
  });
  return { results };
}

/**
 * The ids of a vendor's labelers by their references; those that are missing are added, as people in production of whom nothing else is
 * known. Whoever calls this has checked that the viewer may.
 */
export async function ensureLabelers(verb: Verb, vendorId: string, externalRefs: readonly string[]): Promise<Map<string, string>> {
  const present = await findIdsByRef(verb.db, vendorId, externalRefs);
  const missing = [...new Set(externalRefs)].filter((ref) => !present.has(ref));
  if (missing.length === 0) return present;
  const unknown = { name: null, kind: "HUMAN", hiredOn: null, siteId: null, teamId: null, status: "PRODUCTION" } as const;
  await create(verb, vendorId, missing.map((externalRef) => ({ externalRef, ...unknown })));
  return findIdsByRef(verb.db, vendorId, externalRefs);
}

