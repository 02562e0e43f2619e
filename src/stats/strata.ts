import { type Cell, cellOf } from "./cells.ts";
import { type Count, readCount } from "./counts.ts";

/**
 * One stratum of one run as a whole, whatever group is asked for: its frame, how many were drawn of it (needed where their chances
 * differed), and its samples by how they ended.
 */
export type StratumFrame = { frameSize: Count; drawn?: Count; audited: Count; voided: Count };

/**
 * What one group found in one stratum of one run: `inGroup` of the stratum's audits fall in the group, `n` of these in the
 * denominator of the measure, `x` of these in its numerator. Where chances differed within the stratum, each inclusion probability has a
 * row of its own.
 */
export type StratumCounts = StratumFrame & {
  runId: string;
  stratumId: string;
  stratumKey: string;
  inclusionProbability?: number | null;
  inGroup: Count;
  n: Count;
  x: Count;
};

/** As `StratumCounts`, of a ratio that is no share: it divides by `denominator`, which may count several things in one of the `n` audits. */
export type RatioCounts = StratumCounts & { denominator: Count };

/** What was found in a stratum, with what it is as a whole. Member by member: so many are made that copies by spread were a third of all the work. */
export function foundIn(
  { runId, stratumId, stratumKey, frameSize, drawn, audited, voided }: Omit<StratumCounts, "inclusionProbability" | "inGroup" | "n" | "x">,
  { inclusionProbability, inGroup, n, x, denominator }: Pick<RatioCounts, "inclusionProbability" | "inGroup" | "n" | "x" | "denominator">,
): RatioCounts {
  return { runId, stratumId, stratumKey, frameSize, drawn, audited, voided, inclusionProbability, inGroup, n, x, denominator };
}

function readFrame(stratum: StratumFrame): { frameSize: number; audited: number; voided: number } {
  const frameSize = readCount(stratum.frameSize, "frameSize");
  const audited = readCount(stratum.audited, "audited");
  const voided = readCount(stratum.voided, "voided");
  if (audited + voided > frameSize) throw new RangeError(`${audited} audited and ${voided} void of a frame of ${frameSize}`);
  return { frameSize, audited, voided };
}

/** How many decisions of a frame lie in strata with an audit, and in strata without one. */
export type Coverage = { covered: number; uncovered: number };

/**
 * What of these strata is covered. Void samples shrink a frame by the share found void; where nothing was audited yet only the voids
 * themselves are known to be out.
 */
export function coverageOf(strata: readonly StratumFrame[]): Coverage {
  let covered = 0;
  let uncovered = 0;
  for (const stratum of strata) {
    const { frameSize, audited, voided } = readFrame(stratum);
    if (audited > 0) covered += frameSize * (audited / (audited + voided));
    else uncovered += frameSize - voided;
  }
  return { covered, uncovered };
}

/** The covered share of a frame in parts. An empty frame is covered. */
export function shareCovered(parts: readonly Coverage[]): number {
  const sum = (name: keyof Coverage) => parts.reduce((total, each) => total + each[name], 0);
  const [covered, uncovered] = [sum("covered"), sum("uncovered")];
  return uncovered === 0 ? 1 : covered / (covered + uncovered);
}

/** The share of the frame that lies in strata with at least one audit. */
export function frameCoverage(strata: readonly StratumFrame[]): number {
  return shareCovered([coverageOf(strata)]);
}

/** Strata as wholes, each once, however many rows it has. */
export function distinctStrata(strata: readonly StratumCounts[]): StratumFrame[] {
  return [...new Map([...strata].sort(byKey).map((stratum) => [stratum.stratumId, stratum])).values()];
}

// Equal chances are drawn / N_h, so that both are the same but for rounding. The audited stand for those still waiting too.
function weightOf({ inclusionProbability, drawn }: StratumCounts, { frameSize, audited, voided }: ReturnType<typeof readFrame>): number {
  if (inclusionProbability == null) return frameSize / (audited + voided);
  const sampleSize = readCount(drawn ?? Number.NaN, "drawn");
  if (!(inclusionProbability > 0 && inclusionProbability <= 1)) throw new RangeError(`not a chance: ${inclusionProbability}`);
  if (audited + voided > sampleSize) throw new RangeError(`${audited} audited and ${voided} void of ${sampleSize} drawn`);
  return sampleSize / (audited + voided) / inclusionProbability;
}

/** All that rows of one stratum and chance found, and what each of their audits stands for. */
type Found = { key: string; audited: number; weight: number; inGroup: number; n: number; x: number; denominator: number };

// Stratum by stratum in key order, so that sums over them are the same to the last bit.
function addUp(strata: readonly (StratumCounts & Partial<RatioCounts>)[]): Found[] {
  const rows = strata.length > 1 ? [...strata].sort(byKey) : strata;
  const all: Found[] = [];
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i]!;
    if (i === 0 || byKey(rows[i - 1]!, row) !== 0) {
      const frame = readFrame(row);
      all.push({ key: row.stratumKey, audited: frame.audited, weight: weightOf(row, frame), inGroup: 0, n: 0, x: 0, denominator: 0 });
    }
    const found = all[all.length - 1]!;
    found.inGroup += readCount(row.inGroup, "inGroup");
    found.n += readCount(row.n, "n");
    found.x += readCount(row.x, "x");
    found.denominator += readCount(row.denominator ?? 0, "denominator");
  }
  return all;
}

/**
 * A group's audits with their weights, N_h / (audited + void) of their run and stratum or, where chances differed, their own 1 / π times
 * drawn / (audited + void). In key order, so that sums over them are the same to the last bit; and how many audits the group has in all, and how many of
 * them in the denominator. Of a mean of scores in 0..1, `x` is their sum in parts, of which `partsPerCase` make a whole case.
 */
export function weighCounts(strata: readonly StratumCounts[], partsPerCase = 1): { cells: Cell[]; n: number; inGroup: number } {
  const weighed = { cells: [] as Cell[], n: 0, inGroup: 0 };
  for (const { key, audited, weight, inGroup, n, x } of addUp(strata)) {
    if (x > n * partsPerCase || n > inGroup || inGroup > audited) throw new RangeError(`counts out of order: ${x / partsPerCase}, ${n}, ${inGroup}, ${audited}`);
    weighed.inGroup += inGroup;
    weighed.n += n;
    if (n > 0) weighed.cells.push(cellOf({ key, weight, n, x: x / partsPerCase }));
  }
  return weighed;
}

/** As `weighCounts`, for a ratio that is no share: a cell's `n` is its denominator. */
export function weighRatio(strata: readonly RatioCounts[]): { cells: Cell[]; n: number; inGroup: number } {
  const weighed = { cells: [] as Cell[], n: 0, inGroup: 0 };
  for (const { key, weight, inGroup, n, x, denominator } of addUp(strata)) {
    weighed.inGroup += inGroup;
    weighed.n += n;
    if (denominator > 0) weighed.cells.push(cellOf({ key, weight, n: denominator, x }));
  }
  return weighed;
}

function byKey(a: StratumCounts, b: StratumCounts): number {
  return compare(a.stratumKey, b.stratumKey) || compare(a.runId, b.runId) || compare(a.stratumId, b.stratumId) ||
    (a.inclusionProbability ?? 0) - (b.inclusionProbability ?? 0);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
