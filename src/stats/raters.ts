import { type Count, readCount } from "./counts.ts";

/** How often a rater gave category `vote` where the consensus was category `consensus`, both by place in the scheme. */
export type RaterVotes = { rater: string; vote: number; consensus: number; times?: Count };

export type RaterBias = {
  rater: string;
  n: number;
  agreed: number;
  /** Share of the votes that are the consensus. */
  agreement: number;
  /** By category: how much more of the rater's votes than of the consensus on the same items it takes; sums to 0. */
  bias: number[];
};

/** How each rater, in order of name, leans against the consensus: a lean has a direction, where agreement has none. */
export function raterBias(categories: number, votes: Iterable<RaterVotes>): RaterBias[] {
  const tables = new Map<string, { n: number; agreed: number; surplus: number[] }>();
  for (const { rater, vote, consensus, times = 1 } of votes) {
    for (const place of [vote, consensus]) {
      if (!(Number.isSafeInteger(place) && place >= 0 && place < categories)) throw new RangeError(`${place} in a scheme of ${categories}`);
    }
    const many = readCount(times, "times");
    const table = tables.get(rater) ?? { n: 0, agreed: 0, surplus: new Array<number>(categories).fill(0) };
    tables.set(rater, table);
    table.n += many;
    table.agreed += vote === consensus ? many : 0;
    table.surplus[vote]! += many;
    table.surplus[consensus]! -= many;
  }
  return [...tables]
    .filter(([, { n }]) => n > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([rater, { n, agreed, surplus }]) => ({ rater, n, agreed, agreement: agreed / n, bias: surplus.map((each) => each / n) }));
}
