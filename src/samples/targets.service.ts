import { type Asked, checkMost, MAX_ITEMS, type Targets } from "../core/bulk.ts";
import type { Db } from "../db/lease.ts";
import { findSampleKeys, type SampleFilter } from "./store.ts";

/** Samples that a bulk verb is to act on. */
export type SampleTargets = Targets<SampleFilter>;

/** The targets by their keys; those of a filter are looked up. Refuses more than one call takes. */
export async function keysOf(db: Db, targets: SampleTargets): Promise<Asked> {
  if ("keys" in targets) return targets;
  const keys = await findSampleKeys(db, targets.filter, MAX_ITEMS + 1);
  checkMost(keys.length, targets.path);
  return { path: targets.path, keys, read: null };
}
