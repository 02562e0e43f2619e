import { NotFound } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { compareValues } from "../measures/answers.rules.ts";
import { estimator, type MetricValue } from "../measures/estimates.rules.ts";
import { type Group, NO_COUNTS, poolGroups } from "../measures/groups.rules.ts";
import type { FigureQuery, Freshness } from "../metrics/service.ts";
import type { Basis } from "../stats/estimation.ts";
import type { Interval } from "../stats/proportions.ts";
import { impactWindows, type ImpactWindows, type Window } from "./rules.ts";
import { countFigures, type CountingQuery, openCounting } from "./service.ts";
import { findVersion } from "./store.ts";

/** What `policyImpact` is asked; its range is the version's. */
export interface ImpactQuery extends FigureQuery {
  versionId: string;
  days: number;
  basis: Basis;
}

/** Error rates before and after, and what lies between them. */
export interface ImpactLine {
  before: MetricValue;
  after: MetricValue;
  difference: number | null;
  interval: Interval | null;
  isSignificant: boolean | null;
}

/** What became of error rates when a policy version took effect. */
export interface PolicyImpact extends Freshness {
  versionId: string;
  windows: ImpactWindows;
  policy: ImpactLine;
  others: ImpactLine;
}

/** Error rates before and after a policy version took effect, of decisions that concern its policy and of all others. */
export async function measureImpact(db: Db, viewer: Viewer, query: ImpactQuery): Promise<PolicyImpact> {
  const { versionId, days } = query;
  const version = await findVersion(db, versionId);
  if (!version) throw new NotFound("policyVersionId: there is no such policy version.", ["policyVersionId"]);
  const markets = version.market === null ? query.filter.markets : [version.market].filter((each) => query.filter.markets?.includes(each) ?? true);
  const counting: CountingQuery = { ...query, filter: { ...query.filter, markets }, measures: ["ERROR_RATE"], groupBy: ["POLICY", "TRUTH_POLICY"] };
  const scope = await openCounting(db, viewer, counting);
  const windows = impactWindows(version, days, scope.fresh.asOf);
  const ratesIn = async (window: Window) => {
    const { counts, plan, fresh } = await countFigures(db, viewer, counting, { ...scope, period: { ...scope.period, ...window } });
    const rateOf = (isWanted: (policyIds: Group["keys"]) => boolean) => {
      const group = poolGroups({ ...NO_COUNTS, audits: counts.audits.filter(({ keys }) => isWanted(keys)) }, null);
      return estimator({ ...plan, groupBy: [] })(group)[0]!;
    };
    return { fresh, policy: rateOf((keys) => keys.includes(version.policyId)), others: rateOf((keys) => !keys.includes(version.policyId)) };
  };
  const before = await ratesIn(windows.before);
  const after = await ratesIn(windows.after);
  return { ...after.fresh, versionId, windows, policy: lineOf(before.policy, after.policy), others: lineOf(before.others, after.others) };
}

function lineOf(before: MetricValue, after: MetricValue): ImpactLine {
  const { difference, differenceInterval: interval, isSignificant } = compareValues([after], [before])[0]!.comparison!;
  return { before, after, difference, interval, isSignificant };
}
