import { InvalidInput } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { type AuditMeasure, type MeasureDefinition, type Source, WITHOUT_DRAW } from "../measures/definitions.rules.ts";
import type { DrawnStratum } from "../measures/estimates.rules.ts";
import { type Counts, NO_COUNTS, type PolicyCount, wholeOf } from "../measures/groups.rules.ts";
import { definitionOf, type Measure } from "../measures/measures.rules.ts";
import type { Dimension, Layer } from "../reach/table.ts";
import { type AuditCount, decisionsOf, dueOf, gradedOf, type Reading, resolvedOf, type RowSource } from "../reach/sources.table.ts";
import { clocksOf, escalationsOf, publicationsOf, rulingsOf } from "../reach/remedies.table.ts";
import { coefficientsAmong } from "../ratings/figures.rules.ts";
import { ratedOf } from "../ratings/ratings.table.ts";
import { reckonAgreement } from "../ratings/service.ts";
import type { AuditSum } from "../rollups/sums.table.ts";
import { estimateRows, plannedAudits } from "./paths.store.ts";
import { checkRows, type Ground, type Path, pathToEstimate, planOf } from "./plan.rules.ts";
import { countDecisions, countRows, countTimes, type Folded, listStrata, MAX_COUNTS, sumAudits } from "./store.ts";

/** What one source of one project was read from. */
export interface Planned {
  projectId: string;
  source: Source;
  path: Path;
}

/** How the projects' audits are kept. */
export interface Grounds {
  grounds: readonly Ground[];
  /** The viewer is blind to some decision. */
  isBlind: boolean;
}

/** What is counted, for which measures. */
export interface Counting extends Reading, Grounds {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  /** Whose audits count where layers aren't set against each other. */
  layer: Layer;
  includeProcessErrors: boolean;
  /** Everything as one group is asked for too, of what can't be added up from groups. */
  totals?: boolean;
  /** The shortest path that audits may be read by; any if absent. */
  shortest?: Path;
}

const OF_POLICY: readonly AuditSum[] = ["audits", "policyRight", "trulyViolating", "overEnforced", "underEnforced"];
// Partners who see but a team's or their own part of a vendor's audits.
const PARTIAL = ["LABELER"];

function refuseTooMany(counts: readonly unknown[]): void {
  if (counts.length <= MAX_COUNTS) return;
  throw new InvalidInput("groupBy: too many groups; group by less, filter more or ask for a shorter range.", ["groupBy"]);
}

function sumsOf(measures: readonly AuditMeasure[]): AuditSum[] {
  const named = measures.flatMap(({ numerator, denominator }) => [...Object.keys(numerator), ...Object.keys(denominator)]);
  return [...new Set(["audits", ...named])].filter((name) => name !== "processErrors") as AuditSum[];
}

/** The reader of published audits of one snapshot: sums by splits, from wherever is shortest, and from where that was. */
function auditReader(db: Db, viewer: Viewer, { grounds, isBlind }: Grounds, shortest?: Path) {
  const planned = new Map<string, Planned>();
  const seesWhole = !isBlind && viewer.teamId === null && !PARTIAL.includes(viewer.role);
  const read = async (reading: Reading, splits: readonly Dimension[], sums: readonly AuditSum[]): Promise<AuditCount[]> => {
    const plan = planOf(grounds, { ...reading, dimensions: splits, seesWhole, shortest });
    for (const { projectId, path } of plan) planned.set(`${projectId}:${path}`, { projectId, source: "AUDITS", path });
    const source = plannedAudits(reading, sums, plan, grounds);
    const long = pathToEstimate(plan, grounds, viewer.role);
    if (long) checkRows(await estimateRows(db, source), long, viewer.role);
    const counts = await sumAudits(db, source, splits, sums, reading.period.weekStart);
    refuseTooMany(counts);
    return counts;
  };
  const folded = (): Folded => {
    const direct = new Set([...planned.values()].flatMap(({ projectId, path }) => (path === "DIRECT" ? [projectId] : [])));
    const kept = grounds.filter(({ projectId }) => !direct.has(projectId));
    return { projectIds: kept.map(({ projectId }) => projectId), touched: kept.flatMap(({ touched }) => touched) };
  };
  return { read, planned, folded };
}

/** The source, unless more of it would be read than one figure may. */
export async function checkedSource(db: Db, viewer: Viewer, source: RowSource): Promise<RowSource> {
  checkRows(await estimateRows(db, { ...source, parts: [source.rows] }), null, viewer.role);
  return source;
}

// The strata that weigh these counts, and those of the period that nobody audited; as they are known already, if these are all.
async function readStrata(
  db: Db, reading: Reading, counts: readonly AuditCount[], folded: Folded, known: DrawnStratum[] | null,
): Promise<DrawnStratum[]> {
  const runIds = new Set(known?.map(({ runId }) => runId));
  if (known && counts.every(({ runId }) => runId === null || runIds.has(runId))) return known;
  return listStrata(db, reading, new Map(counts.flatMap(({ runId, layer }) => (runId ? [[runId, layer] as const] : []))), folded);
}

// The cases that a measure is a share, or the number, of; null for other measures.
function casesOf(definition: MeasureDefinition, query: Reading, viewer: Viewer): RowSource | null {
  if ("times" in definition) return null;
  if ("counts" in definition) return escalationsOf(query, definition.counts);
  switch (definition.source) {
    case "GOLDEN":
      return gradedOf(query);
    case "DOUBLE_AUDITS":
      return resolvedOf(query, viewer.role === "AUDITOR" ? viewer.principalId : null);
    case "SAMPLES":
      return dueOf(query);
    case "PUBLICATIONS":
      return publicationsOf(query, definition.hit);
    case "RULINGS":
      return rulingsOf(query, definition.hit);
    case "CLOCKS":
      return clocksOf(query);
    case "ESCALATIONS":
      return escalationsOf(query, definition.hit);
    default:
      return null;
  }
}

/** Everything that the measures of a query are estimated from: a statement for each thing that is counted, and one for the strata. */
export async function countAll(db: Db, viewer: Viewer, query: Counting) {
  const { measures, groupBy, reading, reach, period } = query;
  const definitions = measures.map(definitionOf);
  const ofAudits = definitions.filter((each) => each.source === "AUDITS");
  const [plain, ofPolicy] = [ofAudits.filter((each) => !each.ofPolicy), ofAudits.filter((each) => each.ofPolicy)];
  const reads = definitions.flatMap((each) => (each.source === "DECISIONS" ? [each.reads] : []));
  const { weekStart } = period;
  const counts = { ...NO_COUNTS, shares: [] as Counts["shares"][number][], coefficients: [] as Counts["coefficients"][number][], times: [] as Counts["times"][number][] };
  const usesAudits = ofAudits.length > 0 || reads.includes("LABELERS");
  const audits = usesAudits ? auditReader(db, viewer, query, query.shortest) : null;
  const whole = wholeOf(groupBy);
  const ofLayer = { ...query, reading: { ...reading, layers: [query.layer] } };
  const isDrawn = ofAudits.length > 0 && !reading.purposes.some((purpose) => WITHOUT_DRAW.includes(purpose));
  const summing = plain.length > 0 ? audits!.read(query, whole, sumsOf(plain)) : null;
  // Runs of a period of decisions are those whose windows it meets, so that their strata come in the same flight.
  const isEarly = summing && isDrawn && reading.timeAxis === "DECIDED_AT";
  const [sums, known] = await Promise.all([summing, isEarly ? listStrata(db, query, new Map(), audits!.folded()) : null]);
  if (sums) counts.audits = sums;
  if (whole.length < groupBy.length) counts.errors = (await audits!.read(query, groupBy, ["audits"])).filter(countsIn(query));
  if (ofPolicy.length > 0) counts.policies = await readPolicies(audits!.read, query);
  for (const measure of measures) {
    const rows = casesOf(definitionOf(measure), ofLayer, viewer);
    if (!rows) continue;
    const shares = await countRows(db, await checkedSource(db, viewer, rows), groupBy, weekStart);
    refuseTooMany(shares);
    counts.shares.push(...shares.map((share) => ({ ...share, measure })));
  }
  for (const times of new Set(definitions.flatMap((each) => ("times" in each ? [each.times] : [])))) {
    const rows = times === "RESOLUTION" ? rulingsOf(ofLayer, "UPHELD") : escalationsOf(ofLayer, times);
    const counted = await countTimes(db, await checkedSource(db, viewer, rows), groupBy, weekStart);
    refuseTooMany(counted);
    counts.times.push(...counted.map((count) => ({ ...count, times })));
  }
  if (reads.some((each) => each !== "LABELERS")) {
    const wants = { percentiles: reads.some((each) => each === "HANDLE_P50" || each === "HANDLE_P90"), coverage: reads.includes("COVERAGE") };
    counts.decisions = await countDecisions(db, await checkedSource(db, viewer, decisionsOf(ofLayer)), groupBy, weekStart, wants);
    refuseTooMany(counts.decisions);
  }
  for (const raters of ["LABELS", "DOUBLE_AUDITS"] as const) {
    if (coefficientsAmong(measures, raters).length === 0) continue;
    const rated = await checkedSource(db, viewer, ratedOf(raters, { reach, period, asOf: reading.asOf }));
    counts.coefficients.push(...await reckonAgreement(db, raters, rated, query));
  }
  if (reads.includes("LABELERS")) counts.labelers = await readLabelers(db, viewer, audits!.read, ofLayer);
  const strata = isDrawn ? await readStrata(db, query, [...counts.audits, ...counts.policies], audits!.folded(), known) : [];
  const others = [...new Set(definitions.map(({ source }) => source))].filter((source) => source !== "AUDITS");
  const direct = reach.projectIds!.flatMap((projectId) => others.map((source): Planned => ({ projectId, source, path: "DIRECT" })));
  return { counts, strata, planned: [...(audits?.planned.values() ?? []), ...direct] };
}

const countsIn = ({ includeProcessErrors }: Counting) => ({ isProcessError }: AuditCount) => includeProcessErrors || !isProcessError;

type Read = Awaited<ReturnType<typeof auditReader>>["read"];

// By both policies, so that one's true and false positives and negatives are told; a filter names the policies, on either side.
async function readPolicies(read: Read, { groupBy, reach, ...query }: Counting): Promise<PolicyCount[]> {
  const { policyIds, truthPolicyIds, ...rest } = reach;
  const others = groupBy.filter((dimension) => dimension !== "POLICY" && dimension !== "TRUTH_POLICY");
  const counts = await read({ ...query, reach: { ...rest, eitherPolicyIds: policyIds ?? truthPolicyIds } }, [...others, "POLICY", "TRUTH_POLICY"], OF_POLICY);
  return counts.map((count) => {
    const [label, truth] = count.keys.slice(-2) as [string, string];
    return { ...count, keys: count.keys.slice(0, -2), label, truth };
  });
}

async function readLabelers(db: Db, viewer: Viewer, read: Read, query: Counting): Promise<Counts["labelers"]> {
  const splits = [...query.groupBy, "LABELER" as const];
  const decided = await countRows(db, await checkedSource(db, viewer, decisionsOf(query)), splits, query.period.weekStart);
  refuseTooMany(decided);
  const audited = (await read(query, splits, ["audits"])).filter(countsIn(query));
  const labelerOf = (keys: AuditCount["keys"]) => ({ keys: keys.slice(0, -1), labelerId: keys.at(-1)! });
  return [
    ...decided.map(({ keys }) => ({ ...labelerOf(keys), audits: 0, hasDecisions: true })),
    ...audited.map(({ keys, audits }) => ({ ...labelerOf(keys), audits: audits!, hasDecisions: false })),
  ];
}
