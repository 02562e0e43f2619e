import { gt, inArray } from "drizzle-orm";
import type { List } from "../db/lists.ts";
import { samplingRunEntity, type SamplingRunRow, stratumEntity, type StratumRow } from "./table.ts";

export interface RunFilter {
  layers?: SamplingRunRow["layer"][] | null;
  drawnAfter?: Date | null;
}

export interface StratumFilter {
  keys?: string[] | null;
}

export const runList: List<SamplingRunRow, RunFilter> = {
  entity: samplingRunEntity,
  where: (t, filter) => [filter.layers ? inArray(t.layer!, filter.layers) : undefined, filter.drawnAfter ? gt(t.drawnAt!, filter.drawnAfter) : undefined],
  orders: { ID: "id", WINDOW_FROM: "windowFrom" },
};

export const stratumList: List<StratumRow, StratumFilter> = {
  entity: stratumEntity,
  where: (t, filter) => [filter.keys ? inArray(t.key!, filter.keys) : undefined],
  orders: { ID: "id", KEY: "key" },
};
