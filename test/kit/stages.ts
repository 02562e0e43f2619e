import { AUDIT_MACHINE } from "../../src/audits/rules.ts";
import type { AuditRow } from "../../src/audits/table.ts";
import { encodeId, newId } from "../../src/core/ids.ts";
import { type Role, ROLES, SCOPES } from "../../src/core/viewer.ts";
import { SAMPLE_MACHINE } from "../../src/samples/rules.ts";
import type { SampleRow } from "../../src/samples/table.ts";
import { makeProject, type ProjectFixture } from "./factories.ts";
import type { Call, Stand } from "./machines.ts";
import { globalId, makeSamples, rawId, some, WORDS } from "./samples.ts";
import type { Caller, GrantSpec, World } from "./world.ts";

/** Where an audit stands, and its sample. */
export interface Stage {
  state: AuditRow["state"];
  sample: SampleRow["state"];
  role?: AuditRow["role"];
  layer?: AuditRow["layer"];
  isBlind?: boolean;
  /** The lease's time is over; a sample that is DRAWN then is kept for its auditor. */
  isOver?: boolean;
}

/** Somebody, and the most that they are to a sample and an audit. */
export interface Actor {
  name: string;
  role: Role;
  caller: Caller;
  sample: readonly string[];
  audit: readonly string[];
  isItsAuditor: boolean;
  isSecondAuditor: boolean;
}

const OWN = ["ITS_AUDITOR", "ITS_AUDITOR_IF_PRIMARY", "ITS_AUDITOR_IF_NOT_BLIND"];
const LEAD = ["QA_LEAD", "QA_LEAD_IF_PRIMARY"];
const LEADS = ["QA_LEAD", "QA_LEAD_IF_CLIENT"];
const AUDITORS = ["AUDITOR", "QA_LEAD_IF_CLIENT", "VENDOR_QA"];

// What holds only of some audits and samples.
const HOLDS: Record<string, (stage: Stage) => boolean> = {
  ITS_AUDITOR_IF_PRIMARY: ({ role = "PRIMARY" }) => role === "PRIMARY",
  ITS_AUDITOR_IF_NOT_BLIND: ({ isBlind = true }) => !isBlind,
  QA_LEAD_IF_PRIMARY: ({ role = "PRIMARY" }) => role === "PRIMARY",
  QA_LEAD_IF_NOT_ITS_AUDITOR: ({ role = "PRIMARY" }) => role === "PRIMARY",
  ADJUDICATOR_IF_NOT_ITS_AUDITOR: ({ role = "PRIMARY" }) => role === "PRIMARY",
  ITS_LABELER: ({ role = "PRIMARY" }) => role === "PRIMARY",
  ITS_VENDOR_MANAGER: ({ role = "PRIMARY" }) => role === "PRIMARY",
  VENDOR_QA: ({ role = "PRIMARY" }) => role === "PRIMARY",
  VENDOR_MANAGER: ({ role = "PRIMARY", layer }) => role === "PRIMARY" && layer === "VENDOR",
};
const HOLDS_OF_SAMPLE: Record<string, (stage: Stage) => boolean> = {
  AUDITOR: ({ layer }) => layer !== "VENDOR",
  QA_LEAD_IF_CLIENT: ({ layer }) => layer !== "VENDOR",
  VENDOR_QA: ({ layer }) => layer === "VENDOR",
  ASSIGNEE: ({ role = "PRIMARY", state }) => role === "PRIMARY" && state !== "VOIDED",
};
const held = (parts: readonly string[], holds: typeof HOLDS, stage: Stage) => parts.filter((part) => holds[part]?.(stage) ?? true);

/** One of every role, those of both vendors, and auditors before their own audits. */
export async function makeActors(world: World, { projectId, vendors }: ProjectFixture): Promise<Actor[]> {
  const [one, two] = vendors.map(({ id: vendorId, labelerIds }) => ({ vendorId, labelerIds }));
  const of = ({ vendorId }: { vendorId: string }) => ({ vendorId });
  const labeler = ({ vendorId, labelerIds }: NonNullable<typeof one>, place: number): GrantSpec =>
    ({ role: "LABELER", vendorId, labelerId: labelerIds[place]! });
  const elsewhere = await makeProject(world.sql);
  const adjudicator: GrantSpec = { role: "AUDITOR", canAdjudicate: true };
  const specs: [string, GrantSpec, string[], string[]][] = [
    ["an administrator", { role: "ADMIN", projectId: null }, [], []],
    ["a lead", { role: "QA_LEAD" }, LEADS, [...LEAD, "QA_LEAD_IF_NOT_ITS_AUDITOR"]],
    ["its auditor, a lead", { role: "QA_LEAD" }, [...LEADS, "ASSIGNEE"], [...OWN, ...LEAD]],
    ["a lead of another project", { role: "QA_LEAD", projectId: elsewhere.projectId }, [], []],
    ["the second auditor, a lead", { role: "QA_LEAD" }, LEADS, [...LEAD, "QA_LEAD_IF_NOT_ITS_AUDITOR"]],
    ["a policy manager", { role: "POLICY_MANAGER" }, [], []],
    ["another auditor", { role: "AUDITOR" }, ["AUDITOR"], []],
    ["its auditor", { role: "AUDITOR" }, ["AUDITOR", "ASSIGNEE"], OWN],
    ["an adjudicator", adjudicator, ["AUDITOR"], ["ADJUDICATOR_IF_NOT_ITS_AUDITOR"]],
    ["its auditor, who may adjudicate", adjudicator, ["AUDITOR", "ASSIGNEE"], OWN],
    ["the second auditor, who may adjudicate", adjudicator, ["AUDITOR"], ["ADJUDICATOR_IF_NOT_ITS_AUDITOR"]],
    ["an analyst", { role: "ANALYST" }, [], []],
    ["its vendor's manager", { role: "VENDOR_MANAGER", ...of(one!) }, [], ["VENDOR_MANAGER", "ITS_VENDOR_MANAGER"]],
    ["another vendor's manager", { role: "VENDOR_MANAGER", ...of(two!) }, [], []],
    ["its vendor's QA", { role: "VENDOR_QA", ...of(one!) }, ["VENDOR_QA"], ["VENDOR_QA"]],
    ["its auditor of the vendor", { role: "VENDOR_QA", ...of(one!) }, ["VENDOR_QA", "ASSIGNEE"], [...OWN, "VENDOR_QA"]],
    ["another vendor's QA", { role: "VENDOR_QA", ...of(two!) }, [], []],
    ["its labeler", labeler(one!, 0), [], ["ITS_LABELER"]],
    ["another labeler", labeler(one!, 1), [], []],
    ["another vendor's labeler", labeler(two!, 0), [], []],
    ["a client", { role: "SERVICE", scopes: [...SCOPES] }, [], []],
  ];
  const roles = new Set(specs.map(([, { role }]) => role));
  if (!ROLES.every((role) => roles.has(role))) throw new Error("A role is missing among the actors.");
  return Promise.all(specs.map(async ([name, grant, sample, audit]) => ({
    name, sample, audit, role: grant.role, caller: await world.caller({ projectId, ...grant }),
    isItsAuditor: name.startsWith("its auditor"), isSecondAuditor: name.startsWith("the second auditor"),
  })));
}

/** True for those who can stand before the audit of such a stage. */
export function isOf({ name, isItsAuditor, isSecondAuditor }: Actor, { layer, state }: Stage): boolean {
  if (isSecondAuditor) return state === "ADJUDICATION";
  return !isItsAuditor || (name === "its auditor of the vendor") === (layer === "VENDOR");
}

const OPEN: readonly AuditRow["state"][] = ["DRAFT", "REVEALED"];
const PUBLISHED: readonly AuditRow["state"][] = ["PUBLISHED", "ACKNOWLEDGED", "APPEALED", "FINAL"];

/** A sample with its audits, to be staged again and again; and how everybody stands before them. */
export async function makeStages(world: World) {
  const { project, projectId, auditor: owner } = await makeSamples(world, some(1));
  const key = project.projectId;
  const [first] = (await owner.verb("claimSamples", { projectId }, "audits { id sample { id } }")).audits;
  const sampleId = rawId(first.sample.id);
  const [base] = await world.sql`select to_jsonb(a) as audit from audits a where project_id = ${key}`;
  const ids = { PRIMARY: rawId(first.id), SECOND: newId(new Date()), ATA: newId(new Date()) };
  const stranger = await world.caller({ role: "AUDITOR", projectId: key });
  const [spare, spareOfVendor] = [
    await world.caller({ role: "AUDITOR", projectId: key }),
    await world.caller({ role: "VENDOR_QA", projectId: key, vendorId: project.vendors[0]!.id }),
  ];

  function rowOf(role: keyof typeof ids, state: AuditRow["state"], auditorId: string, { layer = "CLIENT", isBlind = true }: Stage) {
    const now = new Date().toISOString();
    const isPublished = PUBLISHED.includes(state);
    return {
      ...base!.audit, id: ids[role], role, state, layer, is_blind: isBlind, auditor_id: auditorId, is_partner_visible: isPublished,
      of_audit_id: role === "PRIMARY" ? null : ids.PRIMARY, revealed_at: state === "DRAFT" ? null : now,
      submitted_at: OPEN.includes(state) ? null : now, published_at: isPublished ? now : null,
      window_due_at: isPublished ? "2099-01-01T00:00:00Z" : null,
    };
  }

  // Its first audit, and where the stage has one, another; both with the verdict that the decision was right.
  function audits(stage: Stage, { isItsAuditor, isSecondAuditor, caller }: Actor) {
    const { role = "PRIMARY", state } = stage;
    const its = isItsAuditor ? caller.principalId : owner.principalId;
    if (role === "PRIMARY") {
      const second = isSecondAuditor ? caller.principalId : stranger.principalId;
      return [rowOf(role, state, its, stage), ...(state === "ADJUDICATION" ? [rowOf("SECOND", "SUBMITTED", second, stage)] : [])];
    }
    const ofFirst = role === "SECOND" ? "DOUBLE_PENDING" : "FINAL";
    return [rowOf("PRIMARY", ofFirst, stranger.principalId, stage), rowOf(role, state, isItsAuditor ? its : owner.principalId, stage)];
  }

  async function reset(stage: Stage, actor: Actor): Promise<void> {
    const { sample, layer = "CLIENT", isBlind = true, isOver = false } = stage;
    const [primary, other] = audits(stage, actor);
    const assignee = primary.state === "VOIDED" ? "null" : `'${primary.auditor_id}'`;
    const lease = sample === "IN_AUDIT" ? `now() + interval '${isOver ? -1 : 60} minutes'` : "null";
    const rows = (value: unknown) => `'${JSON.stringify(value)}'::jsonb`;
    const isDouble = primary.state === "DOUBLE_PENDING" || primary.state === "ADJUDICATION";
    const second = other?.role === "SECOND" && other.state !== "VOIDED" ? `'${other.id}', '${other.auditor_id}'` : "null, null";
    await world.sql.unsafe(`
      delete from findings where project_id = '${key}'; delete from verdicts where project_id = '${key}';
      delete from double_audits where project_id = '${key}'; delete from audits where project_id = '${key}';
      update samples set state = '${sample}', lease_until = ${lease}, layer = '${layer}', assignee_id = ${assignee},
        is_blind = ${isBlind}, skipped_by_ids = '{}', void_reason = null
        where project_id = '${key}';
      insert into audits select made.* from jsonb_array_elements(${rows([primary, other].filter(Boolean))}) each,
        lateral jsonb_populate_record(null::audits, each) made;
      insert into verdicts (project_id, id, audit_id, decision_id, number, outcome, truth_policy_id, reason, is_after_reveal, actor_id,
          recorded_at, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at)
        select project_id, gen_random_uuid(), id, decision_id, 1, 'CORRECT', policy_id, 'INITIAL', false, auditor_id, now(),
          queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at
        from audits where project_id = '${key}' and state <> 'DRAFT';
      ${isDouble ? `insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, second_audit_id,
          second_auditor_id, due_at)
        select project_id, gen_random_uuid(), decision_id, queue_id, id, auditor_id, ${second}, now() + interval '1 day'
        from audits where project_id = '${key}' and role = 'PRIMARY';` : ""}`);
  }

  async function snapshot({ role = "PRIMARY" }: Stage) {
    const all = (table: string) => `(select jsonb_agg(t order by t.id) from ${table} t where project_id = '${key}')`;
    const tables = ["samples", "audits", "verdicts", "findings", "double_audits"].map(all);
    const [row] = await world.sql.unsafe(`select md5(concat(${tables.join(", ")})) as rows,
      (select state from samples where project_id = '${key}') as "Sample",
      (select state from audits where project_id = '${key}' and id = '${ids[role]}') as "Audit"`);
    return { rows: row!.rows as string, states: row! as unknown as Record<string, string> };
  }

  function calls(stage: Stage, actor: Actor): Record<string, Call> {
    const { role = "PRIMARY", layer = "CLIENT", isBlind = true, state, sample, isOver } = stage;
    const auditId = encodeId("Audit", { projectId: key, id: ids[role] });
    const ofSample = { sampleId: encodeId("Sample", { projectId: key, id: sampleId }) };
    const assigneeId = globalId("Principal", (layer === "CLIENT" ? spare : spareOfVendor).principalId);
    const truth = { policyCode: "NV" };
    const hate = { policyId: globalId("Policy", project.policies.hate) };
    const claims = held(actor.sample, HOLDS_OF_SAMPLE, stage).some((part) => AUDITORS.includes(part));
    const takes = (isTaken: boolean) => ({ list: "audits", isTaken: claims && isTaken });
    // A void audit was revealed: its auditor has seen the decision.
    const waitsForThem = sample === "DRAWN" && !(state === "VOIDED" && actor.isItsAuditor);
    const waits = role === "SECOND" ? state === "VOIDED" : state === "DOUBLE_PENDING";
    const guard = isOver ? /lease/ : undefined;
    return {
      lockTruth: { on: "Audit", input: { auditId, truth }, guard },
      submitAudit: { on: "Audit", input: { auditId, ...(state === "DRAFT" && !isBlind ? { truth } : {}) }, guard },
      amendAudit: { on: "Audit", input: { auditId, comment: "Seen again." } },
      publishAudit: { on: "Audit", input: { auditId } },
      draftAppeal: { on: "Audit", input: { auditId }, guard: /nothing to contest/ },
      acknowledgeAudit: { on: "Audit", input: { auditId } },
      correctVerdict: { on: "Audit", input: { auditId, truth: hate, explanation: "It was.", cause: WORDS.cause } },
      voidAudit: { on: "Audit", input: { auditId, reason: "A mistake." } },
      expireDoubleAudit: { on: "Audit", input: { auditId } },
      adjudicateAudit: { on: "Audit", input: { auditId } },
      startAta: { on: "Audit", input: { auditId } },
      saveAuditDraft: { on: "Audit", input: { auditId, draft: { said: 1 } }, guard },
      extendLease: { on: "Sample", input: ofSample, guard },
      skipSample: { on: "Sample", input: { ...ofSample, reason: "Not my language." } },
      releaseSample: { on: "Sample", input: ofSample },
      reassignSample: { on: "Sample", input: { ...ofSample, assigneeId } },
      voidSample: { on: "Sample", input: { ...ofSample, reason: "DUPLICATE" } },
      expireSample: { on: "Sample", input: ofSample },
      claimSamples: { on: "Sample", input: { projectId, layer }, takes: takes(waitsForThem) },
      claimSecondAudit: { on: "Audit", input: { projectId, layer }, takes: takes(waits && !actor.isItsAuditor) },
    };
  }

  /** How somebody stands before the sample and its audit at this stage. */
  function stand(stage: Stage, actor: Actor): Stand {
    const { role = "PRIMARY", state, sample, isOver } = stage;
    const kept = sample === "DRAWN" ? ["skipSample", "releaseSample", "submitAudit"] : state === "DRAFT" ? ["submitAudit"] : [];
    const returned = sample === "DRAWN" ? [] : ["expireSample"];
    const withheld = role === "PRIMARY" ? [...returned, ...(isOver ? ["lockTruth", "saveAuditDraft", ...kept] : [])] : [];
    const ofAudit = { id: encodeId("Audit", { projectId: key, id: ids[role] }), parts: held(actor.audit, HOLDS, stage) };
    const ofSample = { id: first.sample.id, parts: held(actor.sample, HOLDS_OF_SAMPLE, stage) };
    return {
      subjects: [
        { type: "Audit", field: "state", machine: AUDIT_MACHINE, state, withheld, ...ofAudit },
        { type: "Sample", field: "state", machine: SAMPLE_MACHINE, state: sample, isApart: role !== "PRIMARY", ...ofSample },
      ],
      calls: calls(stage, actor),
      reset: () => reset(stage, actor),
      snapshot: () => snapshot(stage),
    };
  }
  return { project, projectId, stand };
}
