import type { Viewer } from "../core/viewer.ts";
import { type Balance, bulkPoints } from "./rules.ts";

/** Spends points of a viewer's budget. */
export interface Spending {
  /** Throws RateLimited if there are not so many. */
  charge: (viewer: Viewer, points: number) => Promise<Balance>;
  /** What is under way isn't cut off: as many of them as there are. */
  take: (viewer: Viewer, points: number) => void;
}

/** Begins to carry rows for a viewer: throws RateLimited if what the first of them cost is not left, and gives who hears how many they are by now. */
export type Meter = (viewer: Viewer) => Promise<(rows: number) => void>;

/** Has uploads and downloads paid for as their rows go: refused before anything is done or not at all, so that none ends halfway for its cost. */
export function createMeter({ charge, take }: Spending): Meter {
  return async (viewer) => {
    let paid = bulkPoints(0);
    await charge(viewer, paid);
    return (rows) => {
      const owed = bulkPoints(rows) - paid;
      if (owed <= 0) return;
      paid += owed;
      take(viewer, owed);
    };
  };
}
