import type { ProjectFixture } from "./factories.ts";
import { makeSamples, rawId, type SampledProject } from "./samples.ts";
import { criterion, makeScorecard } from "./scorecards.ts";
import type { Caller, World } from "./world.ts";

/** The criteria of `carded`: two of the decision, three of the process (one blind-safe, one that may not apply, one a bonus). */
export const CRITERIA = [
  criterion("policy", { failsOn: ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY"] }),
  criterion("action", { failsOn: ["WRONG_ACTION"], severity: "MINOR" }),
  criterion("routed", { kind: "PROCESS", severity: "MINOR", isBlindSafe: true }),
  criterion("noted", { kind: "PROCESS", severity: "MINOR", weight: 2, isNaAllowed: true }),
  criterion("praise", { kind: "PROCESS", severity: "MINOR", isBonus: true }),
];

/** Samples as `makeSamples` makes them, of a queue with a scorecard of these criteria and some error codes. */
export async function carded(world: World, ...[specs, plan]: Parameters<typeof makeSamples> extends [World, ...infer Rest] ? Rest : never): Promise<SampledProject> {
  const of = await makeSamples(world, specs, plan);
  await giveScorecard(world, of.lead, of.project);
  return of;
}

/** Gives the project's queue a scorecard of its own with error codes: `slur` (MAJOR), `minor` (MINOR) and `threat` (CRITICAL) below `missed`, and `old`, retired. */
export async function giveScorecard(world: World, lead: Caller, { projectId, queueId, projectCode }: ProjectFixture): Promise<void> {
  const { id } = await makeScorecard(lead, `S-${projectCode}`, CRITERIA);
  await world.sql`update queues set scorecard_id = ${rawId(id)} where project_id = ${projectId} and id = ${queueId}`;
  const code = (name: string, severity: string, parentId: string | null = null, isLeaf = true) => ({
    id: crypto.randomUUID(), scorecard_id: rawId(id), code: name, name, severity, parent_id: parentId, is_leaf: isLeaf, retired_at: name === "old" ? new Date() : null,
  });
  const missed = code("missed", "MINOR", null, false);
  await world.sql`insert into error_codes ${world.sql([missed, code("slur", "MAJOR", missed.id), code("minor", "MINOR", missed.id), code("threat", "CRITICAL", missed.id), code("old", "MAJOR")])}`;
}

/** Answers by criterion: `P`, `F`, `N`, or a failure with an error code. */
export function answers(given: Record<string, string | { errorCode?: string; cause?: string; note?: string }>) {
  const results: Record<string, string> = { P: "PASS", F: "FAIL", N: "NA" };
  return Object.entries(given).map(([name, said]) =>
    typeof said === "string" ? { criterion: name, result: results[said] } : { criterion: name, result: "FAIL", ...said });
}

/** What is answered blindly, and the rest, all well. */
export const BLIND = answers({ routed: "P" });
export const REST = answers({ noted: "P", praise: "F" });

/** A verdict with its findings. */
export const JUDGED = `verdict { number outcome errorType attribution processReason severity score cause truthTags reason explanation isAfterReveal truthPolicy { code }
  findings { nodes { criterion { code } result errorCode { code } severity cause note } } }`;

/** Findings as `criterion result severity errorCode cause`. */
export function findingsOf(verdict: any): string[] {
  return verdict.findings.nodes.map((each: any) =>
    [each.criterion.code, each.result, each.severity, each.errorCode?.code, each.cause, each.note].filter((part) => part != null).join(" "));
}
