import { encodeId, newId } from "../../src/core/ids.ts";
import { makeRun, type RunFixture } from "./audits.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./factories.ts";
import { projectGid } from "./samples.ts";
import type { Caller, World } from "./world.ts";

/** A project with decisions, the first of which are drawn by one run, and the people who audit them. */
export interface DrawnProject {
  own: ProjectFixture;
  /** Opaque. */
  projectId: string;
  lead: Caller;
  auditor: Caller;
  run: RunFixture;
  /** The rows' own ids. */
  decisionIds: string[];
  /** Opaque, in the order of the decisions. */
  sampleIds: string[];
}

interface DrawnSpec {
  decisions: number;
  drawn: number;
  method?: "SIMPLE_RANDOM" | "STRATIFIED" | "SYSTEMATIC" | "PPS";
  isBlind?: boolean;
  isDouble?: boolean;
  layer?: "CLIENT" | "VENDOR";
}

/** Decisions, a run of one stratum that drew the first of them, and the others as its reserves, in their order. Written directly. */
export async function makeDrawn(world: World, spec: DrawnSpec): Promise<DrawnProject> {
  const { decisions, drawn, method = "SIMPLE_RANDOM", isBlind = true, isDouble = false, layer = "CLIENT" } = spec;
  const { sql } = world;
  const own = await makeProject(sql);
  const { projectId } = own;
  const [lead, auditor] = [await world.caller({ role: "QA_LEAD", projectId }), await world.caller({ role: "AUDITOR", projectId })];
  const decisionIds = await makeDecisions(sql, own, Array.from({ length: decisions }, (_, i) => ({ externalRef: `r${i}` })));
  const run = await makeRun(sql, own, { layer, strata: [{ key: "all", frameSize: decisions }] });
  await sql`update sampling_runs set method = ${method} where id = ${run.id}`;
  const stratumId = run.strata.all!;
  const ids = decisionIds.slice(0, drawn).map(() => newId(new Date()));
  await sql`insert into samples (project_id, id, decision_id, run_id, stratum_id, purpose, layer, inclusion_probability, draw_order, is_blind, is_double,
      state, due_at, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at)
    select d.project_id, n.id, d.id, ${run.id}, ${stratumId}, 'RANDOM', ${layer}, ${drawn / decisions}, n.place, ${isBlind}, ${isDouble}, 'DRAWN',
      now() + interval '1 day', content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at
    from unnest(${ids}::uuid[], ${decisionIds.slice(0, drawn)}::uuid[]) with ordinality as n (id, decision_id, place) join decisions d on d.id = n.decision_id`;
  await sql`insert into sample_reserves (project_id, stratum_id, draw_order, decision_id)
    select ${projectId}, ${stratumId}, ${drawn} + place, id from unnest(${decisionIds.slice(drawn)}::uuid[]) with ordinality as n (id, place)`;
  const sampleIds = ids.map((id) => encodeId("Sample", { projectId, id }));
  return { own, projectId: projectGid(own), lead, auditor, run, decisionIds, sampleIds };
}
