import { claimSamples } from "../../src/claims/service.ts";
import type { ProjectKey } from "../../src/core/ids.ts";
import { SYSTEM_VIEWER, type Viewer } from "../../src/core/viewer.ts";
import { keysByCode } from "../../src/db/entities.ts";
import type { OpenDatabase } from "../../src/db/open.ts";
import { inSteps, readsOf } from "../../src/db/steps.ts";
import type { Verb } from "../../src/db/verb.ts";
import { performVerb } from "../../src/grants/perform.service.ts";
import { createPrincipal } from "../../src/grants/service.ts";
import { createSamplingPlan, movePlan } from "../../src/plans/service.ts";
import { projectEntity } from "../../src/projects/table.ts";
import { drawInSteps } from "../../src/sampling/draws.service.ts";
import { generateRows, importRows, MARKETS, show, START, WEEK_MS, WEEKS, withDatabase } from "./data.ts";

const CLIENTS = 4;
const ROUNDS = 15;
/** Of each client in each round. */
const CLAIMS = 5;

const actingIn = (role: Viewer["role"], projectId: string, principalId = SYSTEM_VIEWER.principalId): Viewer =>
  ({ ...SYSTEM_VIEWER, role, principalId, projectIds: [projectId] });

/** Draws every decision of the project, week by week; how long that took, in seconds. */
async function drawAll({ pool }: OpenDatabase, projectId: string): Promise<number> {
  const lead = actingIn("QA_LEAD", projectId);
  const plan = { projectId, name: "All", layer: "CLIENT", frame: {}, frameCovers: "ALL", rate: 1, isBlind: true } as const;
  const key = await performVerb(pool, lead, "createSamplingPlan", {}, (verb) => createSamplingPlan(verb, plan));
  await performVerb(pool, lead, "activateSamplingPlan", {}, (verb) => movePlan(verb, key, "activateSamplingPlan", null));
  const begin = performance.now();
  for (let week = 0; week < WEEKS; week += 1) {
    const [windowFrom, windowTo] = [new Date(START + week * WEEK_MS), new Date(START + (week + 1) * WEEK_MS)];
    const draw = (verb: Verb) => drawInSteps(verb, key, { windowFrom, windowTo });
    await inSteps<Verb, ProjectKey>((step, timeoutMs) => performVerb(pool, lead, "drawSamples", {}, step, timeoutMs), readsOf(pool), draw);
  }
  return (performance.now() - begin) / 1_000;
}

/** A project where so many samples wait, with the auditors who claim them. */
interface Waiting {
  count: number;
  projectId: string;
  auditors: Viewer[];
}

/** A project where so many samples wait, all that it has. */
export async function makeWaiting(database: OpenDatabase, count: number): Promise<Waiting> {
  const code = `BENCH-${count}`;
  await importRows(database, code, count, generateRows(count));
  const [key] = await readsOf(database.pool)((db) => keysByCode(db, projectEntity, [code]));
  const projectId = key!.id;
  const seconds = await drawAll(database, projectId);
  console.log(`drew ${show(count)} samples of as many decisions in ${WEEKS} runs: ${show(count / seconds)} samples/s (${seconds.toFixed(1)} s)`);
  const auditors: Viewer[] = [];
  for (let i = 0; i < CLIENTS; i += 1) {
    const person = { kind: "PERSON", name: `Auditor ${i}` } as const;
    const { id } = await performVerb(database.pool, SYSTEM_VIEWER, "createPrincipal", {}, (verb) => createPrincipal(verb, person));
    auditors.push(actingIn("AUDITOR", projectId, id));
  }
  return { count, projectId, auditors };
}

/** One sample, of all that waits. */
export const ANY = { layer: "CLIENT", count: 1, queueIds: null, markets: null, languages: null, skill: null } as const;

/** Claims a second by all clients at once, one sample a claim. */
async function claimsPerSecond({ pool }: OpenDatabase, { projectId, auditors }: Waiting, markets: readonly string[] | null): Promise<number> {
  const request = { ...ANY, projectId, markets };
  const begin = performance.now();
  await Promise.all(auditors.map(async (auditor) => {
    for (let i = 0; i < CLAIMS; i += 1) {
      const { auditIds } = await performVerb(pool, auditor, "claimSamples", {}, (verb) => claimSamples(verb, request));
      if (auditIds.length !== 1) throw new Error("nothing waits any more: ask for more samples");
    }
  }));
  return (CLIENTS * CLAIMS) / ((performance.now() - begin) / 1_000);
}

const median = (rates: readonly number[]) => rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)]!;

/** Prints how fast samples are drawn, and claimed where so many wait: of all that waits, and of one market alone. Rounds take turns. */
export async function benchClaims(counts: readonly number[]): Promise<void> {
  await withDatabase(async (database) => {
    const places: Waiting[] = [];
    for (const count of counts) places.push(await makeWaiting(database, count));
    const rates = places.map(() => ({ any: [] as number[], market: [] as number[] }));
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [i, place] of places.entries()) {
        const any = await claimsPerSecond(database, place, null);
        const market = await claimsPerSecond(database, place, [MARKETS[round % MARKETS.length]!]);
        // The first round warms up.
        if (round === 0) continue;
        rates[i]!.any.push(any);
        rates[i]!.market.push(market);
      }
    }
    console.log(`claims/s by ${CLIENTS} clients, a sample each: medians of ${ROUNDS} rounds in turn`);
    for (const [i, { count }] of places.entries()) {
      const { any, market } = rates[i]!;
      console.log(`  ${show(count).padStart(10)} waiting: ${show(median(any))} of any, ${show(median(market))} of one market of ${MARKETS.length}`);
    }
  });
}
