import { InvalidInput, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { checkedSource } from "../metrics/counting.service.ts";
import { checkAccess } from "../metrics/query.rules.ts";
import { type FigureQuery, openScope } from "../metrics/service.ts";
import { type Judgements, judgementsOf, type Scale, squareOf } from "../ratings/judgements.rules.ts";
import { ratedOf } from "../ratings/ratings.table.ts";
import { type AgreementSource, checkFilter } from "../ratings/rules.ts";
import { type RaterBias, raterBias } from "../stats/raters.ts";
import type { Reading } from "./ratings.store.ts";
import { checkSource, seesGold, seesRaters, votedStates } from "./rules.ts";
import { hasSession, type MajorityCount, readCells, readMajority, readPairs, readPatterns, readVotes } from "./store.ts";

/** What `agreement` is asked: of one project. */
export interface AgreementQuery extends FigureQuery {
  source: AgreementSource;
  session: ProjectKey | null;
  /** The size of the scheme; the project's leaf policies if null. */
  categories: number | null;
}

/** How far raters agree, and what more can be read of it. */
export interface Agreement extends Judgements {
  reading: Reading;
  raters: number;
  asOf: Date;
}

/** Judgements of several raters of the same items, as patterns: what every coefficient is reckoned from. Five statements at most. */
export async function openAgreement(db: Db, viewer: Viewer, query: AgreementQuery): Promise<Agreement> {
  const { source, session, categories } = query;
  checkAccess(viewer, [], [], query.filter, query.choice);
  checkSource(viewer, source);
  checkFilter({ ...query.filter }, source);
  if (session && source !== "CALIBRATION") throw new InvalidInput("calibrationSessionId: it is for source CALIBRATION.", ["calibrationSessionId"]);
  const { reach, period } = await openScope(db, viewer, query, false);
  const [projectId] = reach.projectIds!;
  if (session && (session.projectId !== projectId || !(await hasSession(db, projectId, session.id)))) {
    throw new NotFound("There is no such calibration session in the project.", ["calibrationSessionId"]);
  }
  const reading = { source, projectId: projectId!, reach, period, sessionId: session?.id ?? null, states: votedStates(viewer) };
  if (source !== "CALIBRATION") await checkedSource(db, viewer, ratedOf(source === "DOUBLE_AUDITS" ? source : "LABELS", { reach, period, asOf: null }));
  const { scheme, schemeSize, patterns, raters, now } = await readPatterns(db, reading);
  const hasTwo = source === "DOUBLE_AUDITS" || source === "REPEATS";
  const cells = hasTwo && patterns.length > 0 ? await readCells(db, reading) : hasTwo ? [] : null;
  return { ...judgementsOf(patterns, cells, scheme, categories, schemeSize), reading, raters, asOf: now };
}

/** Two raters and their square of what they put where, in the order of the scale. */
export interface RaterPair {
  one: string;
  other: string;
  items: number;
  scale: Scale;
  square: readonly (readonly number[])[];
}

const MOST_PAIRS = 500;
const MOST_RATERS = 1_000;

const places = ({ policies }: Scale) => new Map(policies.map(({ id }, place) => [id, place]));

function checkFirst(first: number, most: number): number {
  if (first >= 1 && first <= most) return first;
  throw new InvalidInput(`first: ${first} must be 1 to ${most}.`, ["first"]);
}

/** Pairs of raters with enough in common, those with most first; null where the viewer may not see single raters, or there are no pairs. */
export async function listPairs(db: Db, viewer: Viewer, { reading, scale }: Agreement, first: number): Promise<RaterPair[] | null> {
  const most = checkFirst(first, MOST_PAIRS);
  if (!seesRaters(viewer, reading.source) || reading.source === "REPEATS") return null;
  const placeOf = places(scale);
  return (await readPairs(db, reading, most)).map(({ cells, ...pair }) => ({ ...pair, scale, square: squareOf(cells, placeOf) }));
}

/** A rater beside the others, with the policies in the order of their bias. */
export interface RaterLean extends RaterBias {
  policyIds: readonly string[];
}

/**
 * How each rater leans against what most of the others chose, or the consensus of a calibration: those with most items first. Null where the
 * viewer may not see single raters, or it has no meaning.
 */
export async function listLeans(db: Db, viewer: Viewer, { reading, scale }: Agreement, first: number): Promise<RaterLean[] | null> {
  const most = checkFirst(first, MOST_RATERS);
  if (!seesRaters(viewer, reading.source) || !["LABELS", "CALIBRATION"].includes(reading.source)) return null;
  // A consensus may be a policy that nobody chose.
  const votes = await readVotes(db, reading);
  const chosen = scale.policies.map(({ id }) => id);
  const policyIds = [...chosen, ...new Set(votes.map(({ consensus }) => consensus).filter((id) => !chosen.includes(id)))];
  const placeOf = new Map(policyIds.map((id, place) => [id, place]));
  const leans = raterBias(policyIds.length, votes.map(({ rater, vote, consensus, n }) => (
    { rater, vote: placeOf.get(vote)!, consensus: placeOf.get(consensus)!, times: n }
  )));
  return leans.sort((a, b) => b.n - a.n || (a.rater < b.rater ? -1 : 1)).slice(0, most).map((lean) => ({ ...lean, policyIds }));
}

/** How right the majority of labels is; null for other sources. Without grades where the viewer must not know which content is golden. */
export async function gradeMajority(db: Db, viewer: Viewer, { reading }: Agreement): Promise<(MajorityCount & { isGraded: boolean }) | null> {
  if (reading.source !== "LABELS") return null;
  return { ...await readMajority(db, reading), isGraded: seesGold(viewer) };
}
