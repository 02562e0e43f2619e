import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { weightOf } from "../insights/rules.ts";
import { countFigures, type CountingQuery, openCounting } from "../insights/service.ts";
import { estimator, type MetricValue } from "../measures/estimates.rules.ts";
import { formGroups, readQueueKey } from "../measures/groups.rules.ts";
import type { Dimension } from "../reach/table.ts";
import type { FigureQuery, Freshness } from "../metrics/service.ts";
import { checkTarget, type FunnelMember, type PeerFigure, type PeerGroup, type Peers, placePeers } from "./funnel.rules.ts";

/** What `funnel` is asked. */
export interface FunnelQuery extends FigureQuery {
  of: FunnelMember;
  /** The highest error rate that is good; null for what peers have in common. */
  target: number | null;
}

/** Peers in their groups. */
export interface Funnel extends Freshness {
  groups: Peers[];
}

/** Labelers among those of their queue and tenure, or teams or vendors among those of their queue: of the viewer's rows, about the process. */
export async function comparePeers(db: Db, viewer: Viewer, { target, of, ...query }: FunnelQuery): Promise<Funnel> {
  checkTarget(target);
  const groupBy: Dimension[] = of === "LABELER" ? ["QUEUE", of, "TENURE_BUCKET"] : ["QUEUE", of];
  const counting: CountingQuery = { ...query, measures: ["ERROR_RATE"], groupBy, basis: "PROCESS" };
  const { fresh, counts, plan } = await countFigures(db, viewer, counting, await openCounting(db, viewer, counting));
  const estimate = estimator(plan);
  const groups = new Map<string, PeerGroup & { members: PeerFigure[] }>();
  for (const group of formGroups(counts, groupBy, null)) {
    const [queue, id, tenureBucket = null] = group.keys as [string, string | null, PeerGroup["tenureBucket"] | undefined];
    if (id === null) continue;
    const name = `${queue} ${tenureBucket}`;
    const peers = groups.get(name) ?? { queue: readQueueKey(queue), tenureBucket, members: [] };
    groups.set(name, peers);
    const [errorRate] = estimate(group) as [MetricValue];
    peers.members.push({ of, id, errorRate, effectiveN: weightOf(group, plan).effectiveN });
  }
  return { ...fresh, groups: placePeers([...groups.values()], target) };
}
