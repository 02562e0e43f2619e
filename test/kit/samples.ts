import { encodeId } from "../../src/core/ids.ts";
import { type DecisionSpec, makeDecisions, makeProject, type ProjectFixture } from "./factories.ts";
import type { Caller, World } from "./world.ts";

/** A project of the test's own with drawn samples, and the people who audit them. */
export interface SampledProject {
  project: ProjectFixture;
  /** Opaque. */
  projectId: string;
  lead: Caller;
  auditor: Caller;
  decisionIds: string[];
}

/** The opaque id of a row that no project owns. */
export function globalId(type: string, id: string): string {
  return encodeId(type, { projectId: null, id });
}

/** The row's own id in an opaque one. */
export function rawId(opaque: string): string {
  return Buffer.from(opaque, "base64url").toString().split(":").at(-1)!;
}

/** The project's opaque id. */
export function projectGid({ projectId }: ProjectFixture): string {
  return globalId("Project", projectId);
}

/** The window of `draw`. */
export const FROM = new Date("2026-01-05T00:00:00Z");
export const TO = new Date("2026-01-06T00:00:00Z");

/** A project of the test's own with so many decisions and a lead. */
export async function framed(world: World, count: number, spec: (index: number, own: ProjectFixture) => DecisionSpec = () => ({})) {
  const own = await makeProject(world.sql);
  const by = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
  const specs = Array.from({ length: count }, (_, i) => ({ externalRef: `r${i}`, ...spec(i, own) }));
  const ids = count === 0 ? [] : await makeDecisions(world.sql, own, specs);
  return { own, by, ids };
}

/** A plan as a draft; its opaque id. */
export async function makePlan(input: Record<string, unknown>, by: Caller, of: ProjectFixture): Promise<string> {
  const { samplingPlan } = await by.verb("createSamplingPlan", { projectId: projectGid(of), name: "Weekly", rate: 0.1, ...input }, "samplingPlan { id }");
  return samplingPlan.id;
}

/** A plan that may draw; its opaque id. */
export async function makeActivePlan(input: Record<string, unknown>, by: Caller, of: ProjectFixture): Promise<string> {
  const id = await makePlan(input, by, of);
  await by.verb("activateSamplingPlan", { id }, "samplingPlan { state }");
  return id;
}

const RUN = `samplingRun { id seed frameSize frameHash sampleSize windowFrom windowTo purpose layer frameCovers plan { name } drawnBy { id }
  strata { nodes { key frameSize sampleSize } } }`;

/** Draws; the run. */
export async function draw<T = any>(planId: string, by: Caller, input: Record<string, unknown> = {}): Promise<T> {
  return (await by.verb("drawSamples", { planId, windowFrom: FROM, windowTo: TO, ...input }, RUN)).samplingRun;
}

/** Draws every decision of January 2026 by a new plan; the run's opaque id. */
export async function drawAll(lead: Caller, projectId: string, plan: Record<string, unknown> = {}): Promise<string> {
  const { samplingPlan } = await lead.verb("createSamplingPlan", { projectId, name: "All", rate: 1, ...plan }, "samplingPlan { id }");
  await lead.verb("activateSamplingPlan", { id: samplingPlan.id }, "samplingPlan { id }");
  const window = { windowFrom: "2026-01-01T00:00:00Z", windowTo: "2026-02-01T00:00:00Z" };
  const { samplingRun } = await lead.verb("drawSamples", { planId: samplingPlan.id, ...window }, "samplingRun { id }");
  return samplingRun.id;
}

/** Decisions and a plan that draws them all, in a project of its own. */
export async function makeSamples(
  world: World,
  specs: (project: ProjectFixture) => readonly DecisionSpec[],
  { settings = {}, ...plan }: { settings?: Record<string, unknown> } & Record<string, unknown> = {},
): Promise<SampledProject> {
  const project = await makeProject(world.sql, settings);
  const grant = { projectId: project.projectId };
  const [lead, auditor] = [await world.caller({ role: "QA_LEAD", ...grant }), await world.caller({ role: "AUDITOR", ...grant })];
  const decisionIds = await makeDecisions(world.sql, project, specs(project));
  const projectId = globalId("Project", project.projectId);
  await drawAll(lead, projectId, plan);
  return { project, projectId, lead, auditor, decisionIds };
}

/** Claims samples; the payload's audits. */
export async function claim<T = any>(by: Caller, projectId: string, fields = "id version state", input: Record<string, unknown> = {}): Promise<T[]> {
  const { audits } = await by.verb("claimSamples", { projectId, ...input }, `audits { ${fields} }`);
  return audits;
}

/** So many decisions of the project's first labeler for NV. */
export const some = (count: number) => () => Array.from({ length: count }, () => ({}));

/** Locks the truth; the audit. */
export async function lock<T = any>(by: Caller, auditId: string, truth: Record<string, unknown>, fields = "id version state", extra: object = {}): Promise<T> {
  return (await by.verb("lockTruth", { auditId, truth, ...extra }, `audit { ${fields} }`)).audit;
}

/** What an auditor says of an error. */
export const WORDS = { cause: "OVERSIGHT", guidance: "Look at the whole post." };

/** Submits, with words for an error unless others are given; the audit. */
export async function submit<T = any>(by: Caller, auditId: string, extra: object = {}, fields = "id version state"): Promise<T> {
  return (await by.verb("submitAudit", { auditId, ...WORDS, ...extra }, `audit { ${fields} }`)).audit;
}

/** A verdict's fields. */
export const VERDICT = "verdict { number outcome errorType attribution truthPolicy { code } truthAction isGraceApplied reason isAfterReveal }";

/** What happened to these objects, in order, as `type from>to`. */
export async function eventsOf(world: World, ...ids: string[]): Promise<string[]> {
  const rows = await world.sql`select type, from_state, to_state from events where subject_id = any(${ids.map(rawId)}) order by id`;
  return rows.map((each) => `${each.type} ${each.from_state}>${each.to_state}`);
}
