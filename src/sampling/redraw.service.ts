import type { Reads } from "../db/steps.ts";
import { pick } from "../frames/picks.service.ts";
import { stratumKey } from "../frames/rules.ts";
import { countFrame, countLater } from "../frames/service.ts";
import { frameHash as hashOf } from "../stats/draw.ts";
import { specOfRun } from "./rules.ts";
import { listDrawn, listSizes } from "./store.ts";
import type { SamplingRunRow } from "./table.ts";

/** A run beside what its seed and sizes draw of today's decisions. */
export interface Redraw {
  run: SamplingRunRow;
  isSame: boolean;
  frameSize: number;
  frameHash: string;
  sampleSize: number;
  /** Of the decisions drawn then and now, as `frameHash`. */
  hashThen: string;
  hashNow: string;
  /** Decisions of today's frame that were recorded after the draw; and how many more came otherwise, or left where negative. */
  recordedLater: number;
  otherwise: number;
  /** Drawn then and not now, and the other way round. */
  missing: number;
  extra: number;
}

/**
 * Draws a run again from today's decisions, by its seed and the sizes of its strata, in memory alone: the same ids as long as its frame is
 * the same, and otherwise what changed in it.
 */
export async function redrawRun(reads: Reads, run: SamplingRunRow): Promise<Redraw> {
  const frame = await countFrame(reads, specOfRun(run));
  const sizesThen = await reads((db) => listSizes(db, run));
  const sizes = frame.strata.map(({ values, frameSize }) => {
    // A run without strata is a golden one: its sample was drawn as one.
    const then = sizesThen.size === 0 ? run.sampleSize : (sizesThen.get(stratumKey(run.planId, frame.spec.strataBy, values)) ?? 0);
    return Math.min(then, frameSize);
  });
  const { frameHash, strata } = await pick(reads, frame, run.seed, sizes);
  const [drawnThen, drawnNow] = [await reads((db) => listDrawn(db, run)), strata.flatMap(({ ids }) => ids)];
  const [then, now] = [new Set(drawnThen), new Set(drawnNow)];
  const recordedLater = await countLater(reads, frame, run.drawnAt);
  const [hashThen, hashNow] = [hashOf(drawnThen), hashOf(drawnNow)];
  return {
    run, isSame: hashThen === hashNow, frameSize: frame.size, frameHash, sampleSize: drawnNow.length, hashThen, hashNow, recordedLater,
    otherwise: frame.size - recordedLater - run.frameSize,
    missing: drawnThen.filter((id) => !now.has(id)).length,
    extra: drawnNow.filter((id) => !then.has(id)).length,
  };
}
