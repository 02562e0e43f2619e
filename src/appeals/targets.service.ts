import { checkMost, MAX_ITEMS, type Targets } from "../core/bulk.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { findKeys } from "../db/lists.ts";
import { type AppealFilter, appealList } from "./store.ts";

/** Appeals that a bulk verb is to act on. */
export type AppealTargets = Targets<AppealFilter>;

/** The targets by their keys; those of a filter are looked up. Refuses more than one call takes. */
export async function keysOf(db: Db, targets: AppealTargets): Promise<{ path: readonly string[]; keys: readonly ProjectKey[] }> {
  if ("keys" in targets) return targets;
  const keys = await findKeys(db, appealList, targets.filter, MAX_ITEMS + 1);
  checkMost(keys.length, targets.path);
  return { path: targets.path, keys };
}
