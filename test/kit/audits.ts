import { randomUUID } from "node:crypto";
import type postgres from "postgres";
import { newId } from "../../src/core/ids.ts";
import { type DecisionSpec, makeDecisions, type ProjectFixture } from "./factories.ts";

/** A run as tests write it; absent fields make one stratum of 100 drawn from all of January 2026. */
export interface RunSpec {
  layer?: "CLIENT" | "VENDOR";
  purpose?: "RANDOM" | "RISK" | "RAMP";
  frame?: Record<string, string[]>;
  frameCovers?: "ALL" | "VIOLATING_ONLY" | "NON_VIOLATING_ONLY";
  from?: string;
  to?: string;
  strata?: { key: string; frameSize: number }[];
}

export interface RunFixture {
  id: string;
  layer: string;
  purpose: string;
  /** Ids of its strata by key. */
  strata: Record<string, string>;
}

/** A verdict as tests write it; the truth is the labeler's policy unless said otherwise. */
export interface VerdictSpec {
  truthPolicyId?: string;
  /** Correct if the truth is the labeler's policy, unless said otherwise. */
  isCorrect?: boolean;
  attribution?: "LABELER" | "PROCESS";
  errorType?: string;
  severity?: string;
  score?: number;
  findings?: FindingSpec[];
  recordedAt?: string;
}

/** What a verdict says of a criterion. */
export interface FindingSpec {
  criterionId: string;
  result: "PASS" | "FAIL" | "NA";
  severity?: string;
  errorCodeId?: string;
  cause?: string;
}

/** An audit as tests write it, with the decision it is of. */
export interface AuditSpec extends DecisionSpec, VerdictSpec {
  /** Its run, in whose first stratum it lies unless `stratum` names another; without one it is TARGETED. */
  run?: RunFixture;
  stratum?: string;
  role?: "PRIMARY" | "SECOND";
  state?: "SUBMITTED" | "PUBLISHED" | "FINAL" | "VOIDED";
  submittedAt?: string;
  publishedAt?: string;
  isPartnerVisible?: boolean;
  auditorId?: string;
  dueAt?: string;
  /** Verdicts after the first. */
  later?: VerdictSpec[];
}

async function makePrincipal(sql: postgres.Sql): Promise<string> {
  const id = randomUUID();
  await sql`insert into principals (id, kind, name) values (${id}, 'PERSON', 'An Auditor')`;
  return id;
}

/** A plan and one run of it, written directly. */
export async function makeRun(sql: postgres.Sql, { projectId }: ProjectFixture, spec: RunSpec = {}): Promise<RunFixture> {
  const { layer = "CLIENT", purpose = "RANDOM", frame = {}, frameCovers = "ALL", strata = [{ key: "all", frameSize: 100 }] } = spec;
  const [from, to] = [new Date(spec.from ?? "2026-01-01T00:00:00Z"), new Date(spec.to ?? "2026-02-01T00:00:00Z")];
  const [planId, id] = [newId(to), newId(to)];
  const size = strata.reduce((sum, { frameSize }) => sum + frameSize, 0);
  await sql`insert into sampling_plans (project_id, id, name, state, purpose, layer, frame, frame_covers, size, is_blind)
    values (${projectId}, ${planId}, 'A plan', 'ARCHIVED', 'RANDOM', ${layer}, ${sql.json(frame)}, ${frameCovers}, 1, true)`;
  await sql`insert into sampling_runs (project_id, id, plan_id, layer, purpose, frame, frame_covers, seed, window_from, window_to,
      frame_size, frame_hash, sample_size, drawn_by_id, drawn_at)
    values (${projectId}, ${id}, ${planId}, ${layer}, ${purpose}, ${sql.json(frame)}, ${frameCovers}, 's', ${from}, ${to},
      ${size}, 'h', ${size}, ${await makePrincipal(sql)}, ${to})`;
  const ids: Record<string, string> = {};
  for (const { key, frameSize } of strata) {
    ids[key] = newId(to);
    await sql`insert into strata (project_id, id, run_id, key, frame_size, sample_size)
      values (${projectId}, ${ids[key]}, ${id}, ${key}, ${frameSize}, ${frameSize})`;
  }
  return { id, layer, purpose, strata: ids };
}

const FACTS = ["project_id", "queue_id", "labeler_id", "vendor_id", "site_id", "team_id", "policy_id", "market", "decided_at"];
const CONTENT = ["content_ref", "content_hash", "modality", "language"];
const pick = (row: Record<string, unknown>, columns: string[]) => Object.fromEntries(columns.map((column) => [column, row[column]]));

function errorTypeOf({ policies }: ProjectFixture, label: string, truth: string): string {
  const [isLabelViolating, isTruthViolating] = [label, truth].map((id) => id === policies.hate || id === policies.spam);
  if (isLabelViolating === isTruthViolating) return label === truth ? "TECHNICAL" : "WRONG_POLICY";
  return isLabelViolating ? "OVER_ENFORCEMENT" : "UNDER_ENFORCEMENT";
}

async function insertAll(sql: postgres.Sql, table: string, rows: Record<string, unknown>[]): Promise<void> {
  for (let i = 0; i < rows.length; i += 1_000) await sql`insert into ${sql(table)} ${sql(rows.slice(i, i + 1_000))}`;
}

/** Decisions with their samples, audits and verdicts, written directly; the decisions' ids. */
export async function makeAudits(sql: postgres.Sql, project: ProjectFixture, specs: readonly AuditSpec[]): Promise<string[]> {
  const auditorId = await makePrincipal(sql);
  const ids = await makeDecisions(sql, project, specs);
  const decisions = new Map((await sql`select * from decisions where id = any (${ids})`).map((row) => [row.id as string, row]));
  const made = specs.map((spec, index) => {
    const decision = decisions.get(ids[index]!)!;
    const { run, role = "PRIMARY", state = "PUBLISHED", isPartnerVisible = true } = spec;
    const submittedAt = new Date(spec.submittedAt ?? decision.decided_at.getTime() + 3_600_000);
    const publishedAt = state === "SUBMITTED" ? null : new Date(spec.publishedAt ?? submittedAt.getTime() + 1_800_000);
    const stratumId = run ? run.strata[spec.stratum ?? Object.keys(run.strata)[0]!]! : null;
    const common = {
      ...pick(decision, FACTS),
      decision_id: decision.id,
      run_id: run?.id ?? null,
      stratum_id: stratumId,
      layer: run?.layer ?? "CLIENT",
      purpose: run?.purpose ?? "TARGETED",
      is_blind: true,
    };
    const sample = {
      ...common,
      ...pick(decision, CONTENT),
      id: newId(submittedAt),
      created_at: submittedAt,
      inclusion_probability: run ? 0.5 : null,
      draw_order: 1,
      due_at: spec.dueAt ? new Date(spec.dueAt) : submittedAt,
      state: state === "VOIDED" ? "VOID" : "AUDITED",
      updated_at: publishedAt ?? submittedAt,
    };
    const auditId = newId(submittedAt);
    const audit = {
      ...common,
      ...pick(decision, CONTENT),
      id: auditId,
      created_at: submittedAt,
      // Which audit a second one is of plays no part in figures: it names itself.
      of_audit_id: role === "SECOND" ? auditId : null,
      sample_id: sample.id,
      auditor_id: spec.auditorId ?? auditorId,
      policy_version_id: decision.policy_version_id,
      role,
      state,
      submitted_at: submittedAt,
      revealed_at: submittedAt,
      published_at: publishedAt,
      is_partner_visible: isPartnerVisible && publishedAt !== null,
      updated_at: publishedAt ?? submittedAt,
    };
    const verdicts = [{ recordedAt: submittedAt.toISOString(), ...spec }, ...(spec.later ?? [])].map((verdict, version) => {
      const truth = verdict.truthPolicyId ?? (decision.policy_id as string);
      const isCorrect = verdict.isCorrect ?? truth === decision.policy_id;
      return {
        ...pick(decision, FACTS),
        id: newId(submittedAt),
        audit_id: audit.id,
        decision_id: audit.decision_id,
        number: version + 1,
        outcome: isCorrect ? "CORRECT" : "INCORRECT",
        truth_policy_id: truth,
        error_type: isCorrect ? null : (verdict.errorType ?? errorTypeOf(project, decision.policy_id as string, truth)),
        severity: verdict.severity ?? null,
        score: verdict.score ?? null,
        attribution: isCorrect ? null : (verdict.attribution ?? "LABELER"),
        reason: version === 0 ? "INITIAL" : "APPEAL",
        is_after_reveal: version > 0,
        actor_id: auditorId,
        recorded_at: new Date(verdict.recordedAt!),
      };
    });
    const findings = [spec, ...(spec.later ?? [])].flatMap((verdict, version) =>
      (verdict.findings ?? []).map(({ criterionId, result, severity = "MINOR", errorCodeId = null, cause = null }) => ({
        project_id: project.projectId,
        id: randomUUID(),
        verdict_id: verdicts[version]!.id,
        audit_id: audit.id,
        decision_id: audit.decision_id,
        actor_id: auditorId,
        criterion_id: criterionId,
        error_code_id: errorCodeId,
        result,
        severity,
        cause,
      })),
    );
    return { sample, audit, verdicts, findings };
  });
  await insertAll(
    sql,
    "samples",
    made.map(({ sample }) => sample),
  );
  await insertAll(
    sql,
    "audits",
    made.map(({ audit }) => audit),
  );
  await insertAll(
    sql,
    "verdicts",
    made.flatMap(({ verdicts }) => verdicts),
  );
  await insertAll(
    sql,
    "findings",
    made.flatMap(({ findings }) => findings),
  );
  return ids;
}

/** Golden items, active since the epoch unless said otherwise. */
export async function makeGoldenItem(
  sql: postgres.Sql,
  { projectId }: ProjectFixture,
  item: { contentRef: string; truthPolicyId: string; truthAction?: string; status?: string; activeFrom?: string; activeTo?: string },
): Promise<void> {
  const { contentRef, truthPolicyId, truthAction = null, status = "ACTIVE", activeFrom = "1970-01-01T00:00:00Z", activeTo = null } = item;
  await sql`insert into golden_items
      (project_id, id, content_ref, content_hash, truth_policy_id, truth_action, status, active_from, active_to)
    values (${projectId}, ${randomUUID()}, ${contentRef}, sha256(convert_to(${contentRef}, 'UTF8')), ${truthPolicyId}, ${truthAction},
      ${status}, ${activeFrom}, ${activeTo})`;
}
