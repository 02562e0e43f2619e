import { createHash } from "node:crypto";
import type { Reads } from "../db/steps.ts";
import { inclusionProbability, keyBound } from "../stats/draw.ts";
import { prefilterFraction } from "../stats/prefilter.ts";
import { drawProportional, systematicPlaces } from "../stats/systematic.ts";
import { reserveSize } from "./rules.ts";
import type { Frame } from "./service.ts";
import { listCandidates, listIds, listRisks } from "./store.ts";

/** What was drawn of a stratum, in the order of the draw, and who follows. */
export interface Picked {
  ids: string[];
  /** The chance that each had. */
  probabilities: number[];
  reserves: string[];
}

/** What was drawn of a frame, by its strata in their order, and the frame's hash. */
export interface Pick {
  frameHash: string;
  strata: Picked[];
}

const KEY = 64;
const ID = 36;

// Passes every id of the frame through the hash, in order; ends with `frameHash` of all.
async function hashFrame(reads: Reads, { spec, slices }: Frame, hear: (ids: string) => void = () => {}): Promise<string> {
  const hash = createHash("sha256");
  let isFirst = true;
  for (const slice of slices) {
    const ids = await reads((db) => listIds(db, spec, slice));
    if (ids === "") continue;
    hash.update(isFirst ? ids : `\n${ids}`);
    isFirst = false;
    hear(ids);
  }
  return hash.digest("hex");
}

type Bounds = ReadonlyMap<string, string>;

async function collect(reads: Reads, { spec, slices }: Frame, seed: string, bounds: Bounds, into: Map<string, string[]>): Promise<void> {
  for (const code of bounds.keys()) into.set(code, []);
  for (const slice of slices) {
    for (const { code, place } of await reads((db) => listCandidates(db, spec, slice, seed, bounds))) into.get(code)!.push(place);
  }
}

// The first of each stratum in the order of their keys. Only those are read that may be among them; by a chance of 1e-12 too few were.
async function pickByKey(reads: Reads, frame: Frame, seed: string, sizes: readonly number[]): Promise<Picked[]> {
  const wanted = frame.strata.map(({ code, frameSize }, index) => {
    const n = sizes[index]!;
    return { code, frameSize, n, all: n + reserveSize(n, frameSize) };
  });
  const drawn = wanted.filter(({ n }) => n > 0);
  const places = new Map<string, string[]>();
  const bounds = drawn.map(({ code, frameSize, all }) => [code, keyBound(prefilterFraction(frameSize, all))] as const);
  await collect(reads, frame, seed, new Map(bounds), places);
  const short = drawn.filter(({ code, all }) => places.get(code)!.length < all);
  if (short.length > 0) await collect(reads, frame, seed, new Map(short.map(({ code }) => [code, keyBound(1)])), places);
  return wanted.map(({ code, frameSize, n, all }) => {
    const ids = (places.get(code) ?? []).sort().slice(0, all).map((place) => place.slice(KEY));
    const probabilities = new Array<number>(n).fill(n === 0 ? 0 : inclusionProbability(n, frameSize));
    return { ids: ids.slice(0, n), probabilities, reserves: ids.slice(n) };
  });
}

async function pickSystematic(reads: Reads, frame: Frame, seed: string, n: number): Promise<Pick> {
  const places = systematicPlaces(seed, frame.size, n);
  const ids: string[] = [];
  let passed = 0;
  const frameHash = await hashFrame(reads, frame, (text) => {
    const count = (text.length + 1) / (ID + 1);
    for (; ids.length < n && places[ids.length]! < passed + count; ) {
      const at = (places[ids.length]! - passed) * (ID + 1);
      ids.push(text.slice(at, at + ID));
    }
    passed += count;
  });
  return { frameHash, strata: [{ ids, probabilities: ids.map(() => n / frame.size), reserves: [] }] };
}

async function pickProportional(reads: Reads, frame: Frame, seed: string, n: number): Promise<Pick> {
  const members: { id: string; size: number }[] = [];
  for (const slice of frame.slices) {
    for (const member of await reads((db) => listRisks(db, frame.spec, slice))) members.push(member);
  }
  const drawn = drawProportional(seed, members, n);
  const probabilities = drawn.map(({ inclusionProbability: chance }) => chance);
  return { frameHash: await hashFrame(reads, frame), strata: [{ ids: drawn.map(({ id }) => id), probabilities, reserves: [] }] };
}

/**
 * Draws so many of each stratum of a counted frame by its method (`metrics.md` section 4), in short reads of a slice each and with no more
 * in memory than is drawn. The same frame, seed and sizes give the same decisions.
 */
export async function pick(reads: Reads, frame: Frame, seed: string, sizes: readonly number[]): Promise<Pick> {
  if (frame.spec.method === "SYSTEMATIC") return pickSystematic(reads, frame, seed, sizes[0]!);
  if (frame.spec.method === "PPS") return pickProportional(reads, frame, seed, sizes[0]!);
  const frameHash = await hashFrame(reads, frame);
  return { frameHash, strata: await pickByKey(reads, frame, seed, sizes) };
}
