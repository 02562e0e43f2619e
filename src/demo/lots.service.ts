import { WORKER } from "../db/identity.ts";
import { withRole } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import { formLot, judgeLots } from "../inspection/lots.service.ts";
import { createInspectionStream } from "../inspection/service.ts";
import { LOTS } from "../story/plans.rules.ts";
import { DAYS, dateOf, type DemoOptions, startOf } from "../story/rules.ts";
import type { Bench } from "./audits.service.ts";
import { auditRuns, type Told } from "./draws.service.ts";
import { actAs, leadOf, type Stage } from "../cast/stage.service.ts";
import { runOfLot, seedLots } from "./store.ts";

/**
 * Inspects the lots of one vendor and queue by the week, through the product's verbs: formed when a week is over, audited by the vendor's
 * own quality staff, judged two days later. The latest is still open.
 */
export async function inspectLots(verb: Verb, options: DemoOptions, stage: Stage, bench: Bench, told: Told): Promise<void> {
  const { project: { code, timeZone }, projectId } = told;
  const at = (day: number) => startOf(timeZone, options.now, day);
  const vendorId = stage.vendors.get(LOTS.vendor)!;
  const startsOn = dateOf(timeZone, options.now, LOTS.fromDay);
  const how = { layer: "VENDOR", isBlind: true, period: "WEEK", terms: LOTS.terms, startsOn } as const;
  const input = { projectId, vendorId, queueId: stage.queues.get(`${code}/${LOTS.queue}`)!, ...how };
  const stream = await actAs(verb, leadOf(stage), at(LOTS.fromDay), (lead) => createInspectionStream(lead, input));
  await withRole(verb.db, WORKER, (db) => seedLots(db, stream, `${options.seed}-lots`));
  const staff = { ...bench, auditorIds: [bench.qaByVendor.get(vendorId)!] };
  for (let day = LOTS.fromDay + 7; day <= DAYS; day += 7) {
    const lot = await actAs(verb, leadOf(stage), at(day), (lead) => formLot(lead, stream, null));
    const id = await withRole(verb.db, WORKER, (db) => runOfLot(db, lot));
    await auditRuns(verb, options, staff, told, [{ id, plan: "lots", toDay: day }]);
    const judgedAt = day === DAYS ? options.now : at(day + 2);
    await withRole(verb.db, WORKER, (db) => judgeLots(db, judgedAt));
  }
}
