import { Conflict, InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import { addDays, addUnits, type Day, dayOf, startOfDay } from "../core/time.ts";
import type { Viewer } from "../core/viewer.ts";
import { type AcceptancePlan, acOneStepTighter, computedPlan, planOf, reachedRisks } from "../stats/acceptance.ts";
import { PREFERRED_AQLS, tableAcOneStepTighter, tablePlan } from "../stats/milstd105e.ts";
import {
  afterLot, enterLevel, INSPECTION_MACHINE, type InspectionLevel, type InspectionState, type InspectionVerb,
} from "../stats/switching.ts";
import type { InspectionStreamRow, LotRow, StreamMemory } from "./table.ts";

export type StreamVerb = InspectionVerb | "formLot";

/** The levels of a stream, and at which of them lots are formed. */
export const STREAM_MACHINE: Machine<InspectionLevel, StreamVerb, "QA_LEAD" | "SYS"> = {
  entity: "inspection stream",
  arrows: [...INSPECTION_MACHINE.arrows, { from: ["NORMAL", "TIGHTENED", "REDUCED"], verb: "formLot", to: null, who: ["QA_LEAD", "SYS"] }],
};

/** What a viewer is to a stream. */
export function streamParts(viewer: Viewer): Set<"QA_LEAD"> {
  return new Set(viewer.role === "QA_LEAD" ? ["QA_LEAD"] : []);
}

/** By what lots are accepted. */
export type Terms = Pick<
  InspectionStreamRow,
  "basis" | "acceptanceTable" | "aql" | "ltpd" | "producerRisk" | "consumerRisk" | "generalLevel"
>;

/** Terms as a caller gives them. */
export type TermsAsGiven = Omit<Terms, "ltpd" | "generalLevel"> & { ltpd?: number | null; generalLevel?: Terms["generalLevel"] };

/** The terms that a caller means: of the tables' levels, II where none is named. */
export function readTerms({ ltpd = null, generalLevel, ...terms }: TermsAsGiven): Terms {
  return { ...terms, ltpd, generalLevel: generalLevel ?? (terms.acceptanceTable === "MIL_STD_105E" ? "II" : null) };
}

const LOWEST_AQL = PREFERRED_AQLS[0];
const TABLE_AQLS = PREFERRED_AQLS.filter((aql) => aql <= 0.1);
/** Below it, samples run to many thousands. */
const LEAST_RATIO = 1.2;
const [LEAST_RISK, MOST_RISK] = [0.001, 0.5];

function refuseTerm(field: keyof Terms, value: unknown, why: string): never {
  throw new InvalidInput(`${field}: ${String(value)} ${why}`, ["terms", field]);
}

/**
 * Refuses terms that no plan keeps, or only one of absurd size; and what the other table would need. The tables know preferred levels up
 * to 0.1 alone: above, they count defects, of which a unit may have several.
 */
export function checkTerms(terms: Terms): Terms {
  const { acceptanceTable, aql, ltpd, producerRisk, consumerRisk, generalLevel } = terms;
  if (!(aql >= LOWEST_AQL && aql < 1)) refuseTerm("aql", aql, `must be at least ${LOWEST_AQL} and below 1.`);
  for (const [field, risk] of [["producerRisk", producerRisk], ["consumerRisk", consumerRisk]] as const) {
    if (!(risk >= LEAST_RISK && risk < MOST_RISK)) refuseTerm(field, risk, `must be at least ${LEAST_RISK} and below ${MOST_RISK}.`);
  }
  if (acceptanceTable === "MIL_STD_105E") {
    if (!TABLE_AQLS.some((each) => each === aql)) refuseTerm("aql", aql, `is not in the tables; take one of ${TABLE_AQLS.join(", ")}.`);
    if (ltpd !== null) refuseTerm("ltpd", ltpd, "is for COMPUTED plans; leave it out, or take acceptanceTable COMPUTED.");
    if (generalLevel === null) refuseTerm("generalLevel", generalLevel, "must be given for MIL_STD_105E; II is the usual one.");
    return terms;
  }
  if (generalLevel !== null) refuseTerm("generalLevel", generalLevel, "is for MIL_STD_105E; leave it out, or take that table.");
  if (ltpd === null || !(ltpd >= aql * LEAST_RATIO && ltpd < 1)) {
    refuseTerm("ltpd", ltpd, `must be at least ${LEAST_RATIO} times the aql and below 1; COMPUTED plans need it.`);
  }
  return terms;
}

const MAX_LOT = 100_000_000;

/** 1 to 100,000,000 decisions, or null for a stream without end where a plan can do without: computed, on the basis STREAM. */
export function checkLotSize(terms: Terms, lotSize: number | null): number | null {
  const isNeeded = terms.acceptanceTable === "MIL_STD_105E" || terms.basis === "LOT";
  const isFine = lotSize === null ? !isNeeded : lotSize >= 1 && lotSize <= MAX_LOT;
  if (isFine) return lotSize;
  throw new InvalidInput(`lotSize: ${lotSize} must be 1 to ${MAX_LOT}; COMPUTED plans on the basis STREAM can do without.`, ["lotSize"]);
}

function computedTerms({ basis, aql, ltpd, producerRisk, consumerRisk }: Terms, lotSize: number | null) {
  return { aql, ltpd: ltpd!, alpha: producerRisk, beta: consumerRisk, lotSize: basis === "LOT" ? lotSize : null };
}

/** A plan, and what it really risks; the consumer's is null for terms without an LTPD. */
export interface LotPlan extends AcceptancePlan {
  level: InspectionLevel;
  /** The lot that chances are about; null where they are about the process behind it. */
  population: number | null;
  producerRisk: number;
  consumerRisk: number | null;
}

/** How a lot of this size is inspected at this level (`metrics.md` section 5); without a size, any lot of a stream that is large enough. */
export function lotPlan(terms: Terms, level: InspectionLevel, lotSize: number | null): LotPlan {
  if (level === "DISCONTINUED") throw new InvalidInput("level: nothing is inspected while DISCONTINUED; take another level.", ["level"]);
  checkReducible(terms, level);
  const plan = terms.acceptanceTable === "COMPUTED"
    ? planOf({ aql: terms.aql, lotSize }, computedPlan(computedTerms(terms, lotSize), level))
    : tablePlan({ lotSize: lotSize!, tableLevel: terms.generalLevel!, aql: terms.aql }, level);
  const population = terms.basis === "LOT" || plan.isFullInspection ? lotSize : null;
  const { n, ac, re, isFullInspection } = plan;
  return { n, ac, re, isFullInspection, level, population, ...reachedRisks({ ...terms, lotSize: population }, plan) };
}

const MOST_RATES = 200;

/** At most 200 rates from 0 to 1. */
export function checkRates(rates: readonly number[]): readonly number[] {
  if (rates.length > MOST_RATES) throw new InvalidInput(`rates: ${rates.length} are too many; ask for at most ${MOST_RATES}.`, ["rates"]);
  const strange = rates.find((rate) => !(rate >= 0 && rate <= 1));
  if (strange !== undefined) throw new InvalidInput(`rates: ${strange} must be 0 to 1.`, ["rates"]);
  return rates;
}

const USUAL_RATES = 21;

/** Rates that show all of an operating characteristic: up to four times what is rejected, past which hardly any lot passes. */
export function usualRates({ n, re }: Pick<LotPlan, "n" | "re">): number[] {
  const last = Math.min(1, (4 * re) / n);
  return Array.from({ length: USUAL_RATES }, (_, place) => (last * place) / (USUAL_RATES - 1));
}

/** Refuses reduced inspection by the tables, whose reduced part isn't here. */
export function checkReducible({ acceptanceTable }: Pick<Terms, "acceptanceTable">, level: InspectionLevel): void {
  if (level !== "REDUCED" || acceptanceTable === "COMPUTED") return;
  throw new Conflict("MIL_STD_105E: only its tables for NORMAL and TIGHTENED inspection are here; REDUCED is for streams of COMPUTED plans.");
}

type Inspected = Pick<LotRow, "lotSize" | "sampleSize" | "acceptanceNumber">;

/** True if a lot with so many defectives would also pass at the next lower preferred AQL. */
export function passesOneStepTighter(terms: Terms, { lotSize, sampleSize: n, acceptanceNumber: ac }: Inspected, defects: number): boolean {
  const plan = { n, ac, re: ac + 1, isFullInspection: n >= lotSize };
  if (terms.acceptanceTable === "COMPUTED") return defects <= acOneStepTighter(computedTerms(terms, lotSize), plan);
  const ofTables = tablePlan({ lotSize, tableLevel: terms.generalLevel!, aql: terms.aql }, "NORMAL");
  return defects <= tableAcOneStepTighter(ofTables, terms.aql, "NORMAL");
}

/** What has come of a lot's sample so far. */
export interface Found {
  audited: number;
  defects: number;
  /** Samples whose audit is still to be made or published. */
  waiting: number;
}

/**
 * The verdict on a lot, null while it is open: rejected at once when too much is found, accepted when all was audited without that. Where
 * fewer than its sample can be audited, it is accepted only if it would be with a defect in each of the rest; else it stays open for good,
 * since what is missing may not be missing by chance.
 */
export function verdictOn(
  { sampleSize, acceptanceNumber, rejectionNumber }: Pick<LotRow, "sampleSize" | "acceptanceNumber" | "rejectionNumber">,
  { audited, defects, waiting }: Found,
): LotRow["verdict"] {
  if (defects >= rejectionNumber) return "REJECTED";
  const missing = Math.max(0, sampleSize - audited);
  const isAccepted = missing === 0 || (waiting === 0 && defects + missing <= acceptanceNumber);
  return isAccepted ? "ACCEPTED" : null;
}

type Leveled = Pick<InspectionStreamRow, "level" | "switchingScore" | "switching">;

/** A level as a stream enters it at this time: lots formed before it don't count any more. */
export function entering(level: InspectionLevel, switching: StreamMemory, now: Date): Leveled {
  return remember(enterLevel(level), { ...switching, enteredAt: now.toISOString() });
}

function remember({ level, switchingScore, recentVerdicts, rejectedLots }: InspectionState, switching: StreamMemory): Leveled {
  return { level, switchingScore, switching: { ...switching, recentVerdicts: [...recentVerdicts], rejectedLots } };
}

type Judged = Inspected & Pick<LotRow, "createdAt"> & { verdict: NonNullable<LotRow["verdict"]>; defects: number };

/** Where a stream stands after a lot was judged. Lots formed before its level was entered were inspected otherwise, and change nothing. */
export function afterJudging(stream: Leveled & Terms, lot: Judged, now: Date): Leveled {
  const { level, switchingScore, switching } = stream;
  if (lot.createdAt < new Date(switching.enteredAt)) return { level, switchingScore, switching };
  const { recentVerdicts, rejectedLots } = switching;
  const { verdict, acceptanceNumber: ac, defects } = lot;
  const next = afterLot(
    { level, switchingScore, recentVerdicts, rejectedLots },
    { verdict, ac, passesOneStepTighter: passesOneStepTighter(stream, lot, defects) },
  );
  return next.level === level ? remember(next, switching) : entering(next.level, switching, now);
}

/** Decisions made from `from` (inclusive) to `to` (exclusive). */
export interface Period {
  from: Date;
  to: Date;
}

/** The day or week of the zone that begins at this time. */
export function periodFrom(from: Date, unit: InspectionStreamRow["period"], timeZone: string): Period {
  return { from, to: startOfDay(addUnits(dayOf(from, timeZone), unit, 1), timeZone) };
}

const DAYS = { DAY: 1, WEEK: 7 } as const;
const DAY_MS = 86_400_000;

/** The period that this time lies in, when one begins at `from`; that first one for times before it. */
export function periodAt(time: Date, from: Date, unit: InspectionStreamRow["period"], timeZone: string): Period {
  const [first, day] = [dayOf(from, timeZone), dayOf(time, timeZone)];
  const passed = Math.max(0, Math.floor((Date.parse(day) - Date.parse(first)) / DAY_MS / DAYS[unit]));
  return periodFrom(passed === 0 ? from : startOfDay(addUnits(first, unit, passed), timeZone), unit, timeZone);
}

/** What a stream remembers of where its lots go on. */
export type Outlook = Pick<StreamMemory, "nextFrom" | "nextLookAt">;

/** The next lot is of this period, and formed when that is over. */
export function awaiting({ from, to }: Period): Outlook {
  return { nextFrom: from.toISOString(), nextLookAt: to.toISOString() };
}

const HOUR_MS = 3_600_000;
/** Decisions may be imported the day after. */
const PATIENCE_MS = 24 * HOUR_MS;

/** Where lots go on when a period had no decisions: it is looked at again each hour until a day after its end, and then makes no lot. */
export function afterEmpty({ from, to }: Period, next: Period, now: Date): Outlook {
  if (now.getTime() >= to.getTime() + PATIENCE_MS) return awaiting(next);
  return awaiting({ from, to: new Date(now.getTime() + HOUR_MS) });
}

const MOST_DAYS_BACK = 3_653;

/** Lots begin ten years ago at the earliest, and a year from now at the latest. */
export function checkStart(startsOn: Day, today: Day): Day {
  const [earliest, latest] = [addDays(today, -MOST_DAYS_BACK), addDays(today, 366)];
  if (startsOn >= earliest && startsOn <= latest) return startsOn;
  throw new InvalidInput(`startsOn: ${startsOn} must be from ${earliest} to ${latest}.`, ["startsOn"]);
}
