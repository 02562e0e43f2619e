import { createHash } from "node:crypto";
import { Conflict } from "../core/errors.ts";
import { idFloor } from "../core/ids.ts";
import type { Reads } from "../db/steps.ts";
import type { SamplingPlanRow } from "../plans/table.ts";
import { type SizedStratum, sizesOf } from "../stats/sizing.ts";
import { countPast } from "./past.store.ts";
import type { Slice } from "./filter.store.ts";
import { checkFrameSize, codeOf, type FrameSpec, type StratumValues, stratumKey } from "./rules.ts";
import { countRecordedAfter, countSlice, findSliceEnd, type SliceCount } from "./store.ts";

/** A part of a frame as counted; `code` tells it apart within the frame. */
export interface CountedStratum {
  code: string;
  values: StratumValues;
  frameSize: number;
}

/** A frame as it was counted, piece by piece. */
export interface Frame {
  spec: FrameSpec;
  slices: (Slice & { print: string })[];
  /** In the order of their codes. */
  strata: CountedStratum[];
  size: number;
  /** Decisions that pass the filter and can't be drawn. */
  excludedCount: number;
}

function printOf(counts: readonly SliceCount[], { strataBy }: FrameSpec): string {
  const lines = counts.map(({ values, size, excluded, print }) => `${codeOf(strataBy, values)}\t${size}\t${excluded}\t${print}`);
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex");
}

/** Counts the decisions of a frame by its strata, in short reads of a slice each. Refuses a frame that is too large to be drawn from. */
export async function countFrame(reads: Reads, spec: FrameSpec): Promise<Frame> {
  const strata = new Map<string, CountedStratum>();
  const frame: Frame = { spec, slices: [], strata: [], size: 0, excludedCount: 0 };
  for (let from = idFloor(spec.from); from < idFloor(spec.to); from = frame.slices.at(-1)!.to) {
    const { to, counts } = await reads(async (db) => {
      const end = await findSliceEnd(db, spec, from);
      return { to: end, counts: await countSlice(db, spec, { from, to: end }) };
    });
    frame.slices.push({ from, to, print: printOf(counts, spec) });
    for (const { values, size, excluded } of counts) {
      const code = codeOf(spec.strataBy, values);
      strata.set(code, { code, values, frameSize: (strata.get(code)?.frameSize ?? 0) + size });
      frame.size += size;
      frame.excludedCount += excluded;
    }
    checkFrameSize(spec, strata.size, frame.size);
  }
  frame.strata = [...strata.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  return frame;
}

/** A stratum with what the last period found in it, and the key that it will have. */
export type PlannedStratum = SizedStratum & { values: StratumValues };

/** The strata of a counted frame with what the last period found in each, as far as that is wanted. */
export async function withPast(reads: Reads, { spec, strata }: Frame, plan: SamplingPlanRow, isWanted: boolean): Promise<PlannedStratum[]> {
  const counts = isWanted ? await reads((db) => countPast(db, spec, plan.layer)) : [];
  const past = new Map(counts.map((count) => [codeOf(spec.strataBy, count.values), count]));
  return strata.map(({ code, values, frameSize }) => {
    const { audits = 0, errors = 0 } = past.get(code) ?? {};
    return { key: stratumKey(plan.id, spec.strataBy, values), values, frameSize, audits, errors };
  });
}

/** How many to draw of each stratum of a counted frame, by its plan. */
export async function sizeFrame(reads: Reads, frame: Frame, plan: SamplingPlanRow): Promise<number[]> {
  const isPastWanted = plan.allocation === "NEYMAN" || (plan.halfWidth !== null && plan.expectedAccuracy === null);
  return sizesOf(plan, await withPast(reads, frame, plan, isPastWanted));
}

/** Decisions came into the frame or left it while it was being drawn from: the same draw may succeed now. */
export class FrameChanged extends Conflict {}

/** Refuses a frame that is no longer what was counted: it lacks, or has more than, what was drawn from. */
export async function checkUnchanged(reads: Reads, { spec, slices }: Frame): Promise<void> {
  for (const slice of slices) {
    const now = printOf(await reads((db) => countSlice(db, spec, slice)), spec);
    if (now !== slice.print) throw new FrameChanged("Decisions of this window came in while it was being drawn; draw again.", ["windowTo"]);
  }
}

/** How many decisions of a counted frame were recorded after this time. */
export async function countLater(reads: Reads, { spec, slices }: Frame, time: Date): Promise<number> {
  let count = 0;
  for (const slice of slices) count += await reads((db) => countRecordedAfter(db, spec, slice, time));
  return count;
}
