import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkMarkets } from "../vendors/service.ts";
import { fitHistory, type HistoryRow, versionInForce } from "./rules.ts";
import { versionEvent } from "./service.ts";
import { closeVersions, insertVersions, listApprovedVersions, lockPolicies } from "./store.ts";
import type { PolicyVersionRow } from "./table.ts";
import { checkManaged } from "./usage.service.ts";

/** One version of a history as it is imported. */
export interface ImportedVersion extends HistoryRow {
  isMandatory: boolean;
  diff: string | null;
}

const MOST = 500;

async function checkRows(verb: Verb, rows: readonly ImportedVersion[]): Promise<void> {
  const count = rows.length;
  if (count < 1 || count > MOST) throw new InvalidInput(`versions: ${count} given; import 1 to ${MOST} at a time.`, ["versions"]);
  const ids = rows.map((row) => row.policyId);
  const pathOf = (index: number) => ["versions", String(index), "policyId"];
  const present = new Set((await lockPolicies(verb.db, ids)).map((policy) => policy.id));
  const missing = ids.findIndex((id) => !present.has(id));
  if (missing >= 0) throw new NotFound(`versions[${missing}].policyId: there is no such policy.`, pathOf(missing));
  await checkManaged(verb, ids, pathOf);
  const named = rows.flatMap(({ market }, index) => (market === null ? [] : [{ market, index }]));
  await checkMarkets(verb.db, named.map((each) => each.market), (place) => ["versions", String(named[place]!.index), "market"]);
}

/**
 * Adds the history of policies: closed versions are SUPERSEDED, open ones EFFECTIVE, and a version that was open before one of them is
 * closed by it. All of it or nothing. Decisions recorded earlier keep the version that they were recorded with.
 */
export async function importPolicyVersions(
  verb: Verb,
  rows: readonly ImportedVersion[],
): Promise<{ ids: string[]; supersededCount: number }> {
  await checkRows(verb, rows);
  const policyIds = [...new Set(rows.map((row) => row.policyId))];
  const present = await listApprovedVersions(verb.db, policyIds);
  const { closed, states } = fitHistory(present, rows, verb.now);
  if (closed.length > 0) await closeVersions(verb.db, closed, verb.now);
  const versions = rows.map((row, index) => ({ ...row, id: newId(row.effectiveFrom), state: states[index]! }));
  await insertVersions(verb.db, versions);
  await append(verb, [
    ...closed.map(({ id }) => versionEvent(id, "EFFECTIVE", "SUPERSEDED")),
    ...versions.map(({ id, state }) => versionEvent(id, null, state)),
  ]);
  return { ids: versions.map((version) => version.id), supersededCount: closed.length };
}

/** Decisions as their policy versions are found by: three columns of one length. */
export interface DecisionColumns {
  policyIds: readonly string[];
  markets: readonly string[];
  decidedAts: readonly Date[];
}

/** For each decision the version of its policy in force in its market when it was decided; null before the first. One statement for all. */
export async function policyVersionsInForce(db: Db, { policyIds, markets, decidedAts }: DecisionColumns): Promise<(string | null)[]> {
  const versions = new Map([...new Set(policyIds)].map((id) => [id, [] as PolicyVersionRow[]]));
  for (const version of await listApprovedVersions(db, [...versions.keys()])) versions.get(version.policyId)!.push(version);
  return policyIds.map((id, index) => versionInForce(versions.get(id)!, markets[index]!, decidedAts[index]!)?.id ?? null);
}
