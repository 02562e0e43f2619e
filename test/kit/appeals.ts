import { randomUUID } from "node:crypto";
import { passAppeals } from "../../src/appeals/review.service.ts";
import type { Pool } from "../../src/db/pool.ts";
import type { AuditSpec } from "./audits.ts";
import { asWorker, type Audited, audited, readAudit } from "./publication.ts";
import { rawId } from "./samples.ts";
import { criterion, makeScorecard } from "./scorecards.ts";
import type { Caller, World } from "./world.ts";

/** A project with published audits that found errors, and everybody who has to do with appeals of them. */
export interface Contested extends Audited {
  /** May adjudicate. */
  auditor: Caller;
  policyManager: Caller;
  analyst: Caller;
  /** Another of the vendor's QA. */
  reviewer: Caller;
  otherLabeler: Caller;
  /** Of the project's other vendor. */
  stranger: Caller;
  /** Raw: two that each verdict has failed, and one that it has passed. */
  criterionIds: [string, string, string];
}

interface Options {
  count?: number;
  layer?: "CLIENT" | "VENDOR";
  settings?: Record<string, unknown>;
  spec?: Partial<AuditSpec>;
}

/** Audits of the first labeler's decisions, published with a window of two days; each verdict has three findings. */
export async function contested(world: World, { count = 1, layer = "CLIENT", settings, spec }: Options = {}): Promise<Contested> {
  const card = await makeScorecard(world.admin, `S-${randomUUID().slice(0, 8)}`, [criterion("one"), criterion("two"), criterion("three")]);
  const rows = await world.sql`select id from criteria where scorecard_version_id = ${rawId(card.versionId)} order by id`;
  const criterionIds = rows.map(({ id }) => id as string) as [string, string, string];
  const [one, two, three] = criterionIds;
  const findings = [{ criterionId: one, result: "FAIL" }, { criterionId: two, result: "FAIL" }, { criterionId: three, result: "PASS" }] as const;
  const made = await audited(world, ({ policies }) => Array.from({ length: count }, (): AuditSpec =>
    ({ state: "PUBLISHED", policyId: policies.hate, truthPolicyId: policies.NV, score: 0.5, findings: [...findings], ...spec })), { layer, settings });
  const { projectId, vendors } = made.project;
  await world.sql`update queues set scorecard_id = ${rawId(card.id)} where project_id = ${projectId}`;
  await world.sql`update audits set window_due_at = now() + interval '2 days' where project_id = ${projectId}`;
  const [own, other] = vendors.map(({ id: vendorId }) => ({ projectId, vendorId }));
  const [auditor, policyManager, analyst, reviewer, otherLabeler, stranger] = await Promise.all([
    world.caller({ role: "AUDITOR", projectId, canAdjudicate: true }),
    world.caller({ role: "POLICY_MANAGER", projectId }),
    world.caller({ role: "ANALYST", projectId }),
    world.caller({ role: "VENDOR_QA", ...own }),
    world.caller({ role: "LABELER", ...own, labelerId: vendors[0]!.labelerIds[1]! }),
    world.caller({ role: "VENDOR_QA", ...other }),
  ]);
  return { ...made, auditor, policyManager, analyst, reviewer, otherLabeler, stranger, criterionIds };
}

/** What a draft needs to be filed. */
export const WORDS_OF_APPEAL = { reason: "It quotes.", evidence: ["guide://hate#4.2"] };

const APPEAL = "id version state tier outcome dueAt isOverdue allowedActions";

/** Drafts an appeal of an audit; the appeal. */
export async function draft<T = any>(by: Caller, auditId: string, input: object = {}, fields = APPEAL): Promise<T> {
  return (await by.verb("draftAppeal", { auditId, ...WORDS_OF_APPEAL, ...input }, `appeal { ${fields} }`)).appeal;
}

/** Calls a verb on an appeal; the appeal. */
export async function on<T = any>(by: Caller, verb: string, appealId: string, input: object = {}, fields = APPEAL): Promise<T> {
  return (await by.verb(verb, { appealId, ...input }, `appeal { ${fields} }`)).appeal;
}

/** Drafts and files an appeal of an audit; the appeal. */
export async function file<T = any>(by: Caller, auditId: string, input: object = {}, fields = APPEAL): Promise<T> {
  const { id } = await draft(by, auditId, input, "id");
  return on(by, "fileAppeal", id, {}, fields);
}

/** An appeal as the caller sees it; null if they don't. */
export async function readAppeal<T = any>(by: Caller, id: string, fields = APPEAL): Promise<T> {
  return (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Appeal { ${fields} } } }`, { id })).node;
}

/** Does what time does to appeals by then. */
export function pass(pool: Pool, now: Date): Promise<number> {
  return asWorker(pool, (db) => passAppeals(db, now));
}

/** So much later than a time in an answer. */
export function later(time: string, ms = 1): Date {
  return new Date(Date.parse(time) + ms);
}

/** The appeal's clocks in the order of their starts, each as `KIND how it stands`. */
export async function clocksOf(world: World, appealId: string): Promise<string[]> {
  const rows = await world.sql`select kind, paused_at, stopped_at, voided_at from sla_clocks where subject_id = ${rawId(appealId)} order by created_at, kind`;
  return rows.map(({ kind, paused_at, stopped_at, voided_at }) =>
    `${kind} ${voided_at ? "void" : stopped_at ? "stopped" : paused_at ? "paused" : "runs"}`);
}

/** The state of an audit, as the caller sees it. */
export async function auditState(by: Caller, auditId: string): Promise<string> {
  return (await readAudit<{ state: string }>(by, auditId, "state")).state;
}
