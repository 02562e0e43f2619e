import { FROM, rawId, TO } from "./samples.ts";
import type { Caller, World } from "./world.ts";

/** A sample as the database keeps it. */
export interface DrawnSample {
  decision_id: string;
  stratum_id: string | null;
  draw_order: number;
  inclusion_probability: number | null;
  is_double: boolean;
  golden_item_id: string | null;
  purpose: string;
  labeler_id: string;
}

/** What a run drew, by stratum and place. */
export async function samplesOf(world: World, runId: string): Promise<DrawnSample[]> {
  return (await world.sql`select * from samples where run_id = ${rawId(runId)} order by stratum_id, draw_order`) as never;
}

/** A run's strata by key as [N, n, values], with its samples and reserves in the order of the draw. */
export async function strataOf(world: World, runId: string) {
  const rows = await world.sql`select s.*, array(select decision_id from samples where stratum_id = s.id order by draw_order) as ids,
      array(select decision_id from sample_reserves where stratum_id = s.id order by draw_order) as reserves,
      array(select draw_order from sample_reserves where stratum_id = s.id order by draw_order) as places
    from strata s where s.run_id = ${rawId(runId)} order by s.key`;
  return rows.map((row) => ({
    id: row.id as string, key: row.key as string, N: row.frame_size as number, n: row.sample_size as number,
    values: row.values as Record<string, string | null>, ids: row.ids as string[], reserves: row.reserves as string[], places: row.places as number[],
  }));
}

const PREVIEW = `frameSize excludedCount sampleSize strataCount halfWidth auditHours handlingCount leftOutCount absentCount leftOut { id } absent { id }
  strata { values { dimension value } frameSize sampleSize expectedAccuracy expectedAccuracySource halfWidth }`;

const windowArgs = (from: Date, to: Date) => `windowFrom: "${from.toISOString()}", windowTo: "${to.toISOString()}"`;

/** The document of a preview. */
export function previewOf(planId: string, from = FROM, to = TO): string {
  return `{ node(id: "${planId}") { ... on SamplingPlan { preview(${windowArgs(from, to)}) { ${PREVIEW} } } } }`;
}

/** What a draw of the window would take. */
export async function preview(planId: string, by: Caller): Promise<any> {
  return (await by.ask(previewOf(planId))).node.preview;
}

/** A run drawn again. */
export async function redraw(runId: string, by: Caller): Promise<any> {
  const fields = `isSame sampleHashThen sampleHashNow frameHashThen frameHashNow frameSizeThen frameSizeNow sampleSizeThen sampleSizeNow
    addedCount movedCount missingCount extraCount`;
  return (await by.ask(`query ($id: ID!) { node(id: $id) { ... on SamplingRun { redraw { ${fields} } } } }`, { id: runId })).node.redraw;
}
