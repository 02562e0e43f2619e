import { hash } from "node:crypto";
import { Forbidden, InvalidInput } from "../core/errors.ts";
import { type FieldRefusal, invalid, type OnError, type Recorded, type RowRefusal, settle } from "../core/fields.ts";
import { newId } from "../core/ids.ts";
import { mayOnly } from "../core/viewer.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { learnPolicies, type Names, openNames } from "../decisions/names.service.ts";
import { append } from "../events/outbox.ts";
import { policyVersionsInForce } from "../policies/versions.service.ts";
import { checkGolden, checkPeriod, type GoldenInput, mayKnowAnswers, MOST_GOLDEN_ITEMS, RECORDERS } from "./rules.ts";
import { type GoldenFacts, insertGolden, listActive, listStarts, lockGolden } from "./store.ts";

function mayRecord({ viewer }: Verb): void {
  mayOnly(viewer, "recordGoldenItems", RECORDERS);
  if (!mayKnowAnswers(viewer)) throw new Forbidden("recordGoldenItems is not for a vendor's client: it would learn the answers.");
}

// The policy that an item names as its truth, or why it can't. The names of policies are learnt.
function truthOf({ truthPolicyCode }: GoldenInput, names: Names): string | FieldRefusal {
  const policy = names.policies.get(truthPolicyCode);
  const message = `"${truthPolicyCode}" is no policy that project ${names.projectCode} uses.`;
  if (!policy) return { field: "truthPolicyCode", value: truthPolicyCode, code: "NOT_FOUND", message };
  return policy.isLeaf ? policy.id : invalid("truthPolicyCode", truthPolicyCode, "has policies below it; name the one of them that fits.");
}

/** Items that can be recorded, and those that can't, by their places. */
interface Resolved {
  rows: { row: number; facts: GoldenFacts }[];
  refusals: RowRefusal[];
}

interface Sound {
  row: number;
  item: GoldenInput;
  truthPolicyId: string;
}

// The general version of each truth in force when its item becomes active, and when it took effect: a golden item holds in every market.
async function versionsOf(verb: Verb, sound: readonly Sound[]): Promise<{ policyVersionId: string | null; start: Date }[]> {
  const ids = await policyVersionsInForce(verb.db, {
    policyIds: sound.map(({ truthPolicyId }) => truthPolicyId),
    markets: sound.map(() => ""),
    decidedAts: sound.map(({ item }) => item.activeFrom ?? verb.now),
  });
  const starts = await listStarts(verb.db, ids.filter((id) => id !== null));
  return ids.map((policyVersionId) => ({ policyVersionId, start: starts.get(policyVersionId ?? "") ?? verb.now }));
}

/** What items name, looked up: truths, the versions in force and since when, and when each begins and ends. */
export async function resolveItems(verb: Verb, names: Names, items: readonly GoldenInput[]): Promise<Resolved> {
  const refusals: RowRefusal[] = [];
  const sound: Sound[] = [];
  const wrong = items.map((item) => checkGolden(item));
  await learnPolicies(verb.db, names, items.filter((_, row) => !wrong[row]).map((item) => item.truthPolicyCode));
  items.forEach((item, row) => {
    const truth = wrong[row] ?? truthOf(item, names);
    if (typeof truth === "string") sound.push({ row, item, truthPolicyId: truth });
    else refusals.push({ row, ...truth });
  });
  const versions = await versionsOf(verb, sound);
  const rows = sound.map(({ row, item, truthPolicyId }, i) => {
    const { policyVersionId, start } = versions[i]!;
    const contentHash = item.contentHash?.toLowerCase() ?? hash("sha256", item.contentRef, "hex");
    const { contentRef, truthAction = null, source = null, rule = null, activeTo = null } = item;
    const known = { id: newId(verb.now), contentRef, contentHash, truthPolicyId, truthAction, policyVersionId, source, rule };
    return { row, facts: { ...known, activeFrom: item.activeFrom ?? start, activeTo } };
  });
  const early = rows.flatMap(({ row, facts }) => {
    const refusal = checkPeriod(facts.activeFrom, facts.activeTo);
    return refusal ? [{ row, ...refusal }] : [];
  });
  const refused = new Set(early.map(({ row }) => row));
  return { rows: rows.filter(({ row }) => !refused.has(row)), refusals: [...refusals, ...early] };
}

/** What golden items of earlier batches say, by content hash: for a dry run, whose earlier batches the database doesn't know. */
export type SeenTruths = Map<string, string>;

const ANOTHER = "has an active golden item with another answer; retire that one first.";

// Tells items that are new from those that are there already, in the database or further up in the same import.
async function sortItems(verb: Verb, projectId: string, rows: Resolved["rows"], seen: SeenTruths) {
  const active = await asSystem(verb, (db) => listActive(db, projectId, rows.map(({ facts }) => facts.contentHash)));
  const sorted = { fresh: [] as Resolved["rows"], alreadyPresent: [] as number[], conflicts: [] as RowRefusal[] };
  for (const { row, facts } of rows) {
    const truth = `${facts.truthPolicyId} ${facts.truthAction ?? ""}`;
    const kept = active.get(facts.contentHash);
    const known = kept ? `${kept.truthPolicyId} ${kept.truthAction ?? ""}` : seen.get(facts.contentHash);
    if (known === undefined) sorted.fresh.push({ row, facts });
    else if (known === truth) sorted.alreadyPresent.push(row);
    else sorted.conflicts.push({ row, field: "contentRef", value: facts.contentRef, code: "CONFLICT", message: ANOTHER });
    seen.set(facts.contentHash, known ?? truth);
  }
  return sorted;
}

/**
 * Records golden items of a project. Content with the same answer as its active item is there already; with another answer it is refused,
 * until that item is retired. With `seen` nothing is written, and the answer is what it would be.
 */
export async function writeGoldenItems(verb: Verb, names: Names, items: readonly GoldenInput[], onError: OnError, seen?: SeenTruths): Promise<Recorded> {
  mayRecord(verb);
  const { projectId } = names;
  await lockGolden(verb.db, projectId);
  const resolved = await resolveItems(verb, names, items);
  const sorted = await sortItems(verb, projectId, resolved.rows, seen ?? new Map());
  const { refusals, end } = settle([...resolved.refusals, ...sorted.conflicts], onError);
  const taken = sorted.fresh.filter(({ row }) => row < end).map(({ facts }) => facts);
  if (taken.length > 0 && !seen) {
    await insertGolden(verb.db, projectId, taken, verb.now);
    const subject = { projectId, subjectType: "Project", subjectId: projectId };
    await append(verb, [{ ...subject, type: "golden_items.recorded", payload: { recorded: taken.length }, audience: {} }]);
  }
  const alreadyPresent = sorted.alreadyPresent.filter((row) => row < end).length;
  return { recorded: taken.length, alreadyPresent, refused: refusals.length, refusals };
}

/** Records up to 5,000 golden items of a project. */
export async function recordGoldenItems(
  verb: Verb,
  input: { projectCode: string; items: readonly GoldenInput[]; onError: OnError },
): Promise<Recorded> {
  mayRecord(verb);
  const { items } = input;
  if (items.length > MOST_GOLDEN_ITEMS) {
    throw new InvalidInput(`items: ${items.length} are too many; record at most ${MOST_GOLDEN_ITEMS} a call, or stream them to POST /import/gold.`, ["items"]);
  }
  return writeGoldenItems(verb, await openNames(verb.db, input.projectCode), items, input.onError);
}
