import { createHash } from "node:crypto";
import { newId } from "../../src/core/ids.ts";
import type { NamedRows } from "./rows.ts";

export const NV = "00000000-0000-7000-8000-000000000003";
/** Later than any test. */
export const END = new Date(Date.UTC(2100, 0, 1));
/** A morning of the month in which it all happens. */
export const day = (n: number) => new Date(Date.UTC(2026, 0, n, 8));
export const sha256 = (text: string) => createHash("sha256").update(text).digest();

/** Vendor, site and team of each labeler. */
export const LABELERS = { L1: ["V1", "S1", "T1"], L1b: ["V1", "S1b", "T1b"], L2: ["V2", "S2", "T2"] } as const;
type LabelerName = keyof typeof LABELERS;

/** How a decision of P1 was sampled and audited; the audit, its sample and its verdict are called alike. */
interface Case {
  of: LabelerName;
  project?: "P1" | "P2";
  /** The case whose decision this one is about too. */
  decision?: string;
  auditor?: string;
  layer?: "VENDOR";
  /** It judges the case of `decision` a second time. */
  isSecond?: true;
  isOpen?: true;
  state?: "DRAFT" | "REVEALED" | "SUBMITTED" | "PUBLISHED" | "VOIDED";
}

const CASES: Readonly<Record<string, Case>> = {
  unsampled: { of: "L1" },
  "unsampled T1b": { of: "L1b" },
  "unsampled V2": { of: "L2" },
  "unsampled P2": { of: "L1", project: "P2" },
  "AU1 blind": { of: "L1", auditor: "AU1", state: "DRAFT" },
  "AU1 open": { of: "L1", auditor: "AU1", state: "DRAFT", isOpen: true },
  "AU1 revealed": { of: "L1b", auditor: "AU1", state: "REVEALED" },
  "AU1 submitted": { of: "L2", auditor: "AU1", state: "SUBMITTED" },
  "AU2 blind": { of: "L1", auditor: "AU2", state: "DRAFT" },
  "AU2 open": { of: "L1", auditor: "AU2", state: "DRAFT", isOpen: true },
  "AU2 revealed": { of: "L1", auditor: "AU2", state: "REVEALED" },
  "AU2 submitted": { of: "L1", auditor: "AU2", state: "SUBMITTED" },
  "AU2 voided": { of: "L1", auditor: "AU2", state: "VOIDED" },
  published: { of: "L1", auditor: "AU2", state: "PUBLISHED" },
  "published T1b": { of: "L1b", auditor: "AU2", state: "PUBLISHED" },
  "published V2": { of: "L2", auditor: "AU2", state: "PUBLISHED" },
  "AU2 doubled": { of: "L1", auditor: "AU2", state: "SUBMITTED" },
  "AU1 second": { of: "L1", decision: "AU2 doubled", auditor: "AU1", isSecond: true, state: "SUBMITTED" },
  "AU1 second resolved": { of: "L1", decision: "published", auditor: "AU1", isSecond: true, state: "SUBMITTED" },
  "published P2": { of: "L1", project: "P2", auditor: "AU2", state: "PUBLISHED" },
  "QL blind": { of: "L2", auditor: "QL", state: "DRAFT" },
  "PM submitted": { of: "L2", auditor: "PM", state: "SUBMITTED" },
  "TL1 submitted": { of: "L1", auditor: "TL1", layer: "VENDOR", state: "SUBMITTED" },
  "VQ1 blind": { of: "L1", auditor: "VQ1", layer: "VENDOR", state: "DRAFT" },
  "VQ1 submitted T1b": { of: "L1b", auditor: "VQ1", layer: "VENDOR", state: "SUBMITTED" },
  "VQ1 published": { of: "L1", decision: "AU1 blind", auditor: "VQ1", layer: "VENDOR", state: "PUBLISHED" },
  "VQ2 submitted": { of: "L2", auditor: "VQ2", layer: "VENDOR", state: "SUBMITTED" },
};

async function addCase({ add, id }: NamedRows, name: string, given: Case, n: number): Promise<void> {
  const { of, project = "P1", decision = name, auditor, layer = "CLIENT", isOpen = false, isSecond = false, state } = given;
  const [vendor, site, team] = LABELERS[of];
  const decidedAt = day(2);
  const facts = {
    project_id: id("projects", project), queue_id: id("queues", project === "P1" ? "Q1" : "Q2"), labeler_id: id("labelers", of),
    vendor_id: id("vendors", vendor), site_id: id("sites", site), team_id: id("teams", team),
    policy_id: NV, market: "id-ID", decided_at: decidedAt,
  };
  const content = { content_ref: `content of ${decision}.`, content_hash: sha256(decision), modality: "TEXT" };
  if (decision === name) {
    await add("decisions", name, { ...facts, ...content, id: newId(decidedAt), external_ref: `ref of ${name}.` });
    const ref = { project_id: facts.project_id, vendor_id: facts.vendor_id, external_ref: `ref of ${name}.` };
    await add("decision_refs", name, { ...ref, decision_id: id("decisions", name), print: sha256(name) });
  }
  if (!state || !auditor) return;
  const isOngoing = state === "DRAFT" || state === "REVEALED";
  const run = layer === "VENDOR" ? `${project} VENDOR` : project;
  const draw = { run_id: id("sampling_runs", run), stratum_id: id("strata", run), layer, purpose: "RANDOM" };
  const about = { ...facts, ...content, ...draw, decision_id: id("decisions", decision) };
  if (!isSecond) await add("samples", name, {
    ...about, is_blind: !isOpen, inclusion_probability: 0.5, draw_order: n,
    state: isOngoing ? "IN_AUDIT" : state === "VOIDED" ? "DRAWN" : "AUDITED",
    assignee_id: state === "VOIDED" ? null : id("principals", auditor), lease_until: isOngoing ? END : null, due_at: END,
  });
  const isPublished = state === "PUBLISHED";
  const submitted = { submitted_at: isOngoing ? null : day(3), published_at: isPublished ? day(4) : null };
  const times = { revealed_at: state === "DRAFT" ? null : day(3), ...submitted };
  await add("audits", name, {
    ...about, ...times, sample_id: id("samples", isSecond ? decision : name), auditor_id: id("principals", auditor), is_blind: !isOpen, state,
    role: isSecond ? "SECOND" : "PRIMARY", of_audit_id: isSecond ? id("audits", decision) : null, is_partner_visible: isPublished,
  });
  if (state === "DRAFT") return;
  await add("verdicts", name, {
    ...facts, audit_id: id("audits", name), decision_id: id("decisions", decision), number: 1, outcome: "CORRECT", truth_policy_id: NV, reason: "INITIAL", is_after_reveal: false,
    actor_id: id("principals", auditor), recorded_at: day(3),
  });
  const criterion = project === "P1" ? "SC1 c" : "SC2 c";
  await add("findings", name, {
    project_id: facts.project_id, verdict_id: id("verdicts", name), audit_id: id("audits", name), decision_id: id("decisions", decision),
    actor_id: id("principals", auditor), criterion_id: id("criteria", criterion), result: "PASS", severity: "MAJOR",
  });
}

/** Double audits of the cases: one that waits for its comparison, one resolved, and one of P2. */
export async function addDoubles({ add, id }: NamedRows): Promise<void> {
  const queues = { P1: "Q1", P2: "Q2" };
  const of = (project: "P1" | "P2", decision: string) => ({
    project_id: id("projects", project), queue_id: id("queues", queues[project]), decision_id: id("decisions", decision),
    primary_audit_id: id("audits", decision), primary_auditor_id: id("principals", "AU2"), due_at: END,
  });
  const second = (audit: string) => ({ second_audit_id: id("audits", audit), second_auditor_id: id("principals", "AU1") });
  await add("double_audits", "open", { ...of("P1", "AU2 doubled"), ...second("AU1 second") });
  await add("double_audits", "resolved", { ...of("P1", "published"), ...second("AU1 second resolved"), outcome: "AGREED", resolved_at: day(4) });
  await add("double_audits", "P2", of("P2", "published P2"));
}

/** Adds every case; vendors, people, queues and runs must be there. */
export async function addCases(rows: NamedRows): Promise<void> {
  for (const [n, [name, given]] of Object.entries(CASES).entries()) await addCase(rows, name, given, n);
}
