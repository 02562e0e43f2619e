import { expect } from "vitest";
import type { Asked } from "./questions.ts";

const PROJECTS = ["ID-VIDEO", "ID-LIVE", "MY-VIDEO", "PH-ADS"];
const MONTHS = { projects: PROJECTS, range: { from: "2025-12-24", to: "2026-03-18", timeZone: "Asia/Jakarta" } };
const codesOf = (values: readonly string[]) => [...new Set(values)].sort();

/** Queries about appeals and escalations by their names, with what the demo's leads, arbiters and vendors read. */
export const REMEDY_QUESTIONS: Readonly<Record<string, Asked>> = {
  MyWork: {
    as: "policyManager",
    check: ({ viewer: { work } }) => {
      expect(codesOf(work.nodes.map(({ kind }: any) => kind))).toEqual(["ACTION", "APPEAL", "ESCALATION", "QUESTION"]);
      expect(work.nodes.find(({ kind }: any) => kind === "ESCALATION").subject.escalation).toBe("Comments: accuracy below target");
    },
  },
  AppealsWaitingForMe: {
    check: ({ appeals: { nodes } }) => {
      expect(codesOf(nodes.map(({ tier }: any) => tier))).toEqual(["L2"]);
      expect(nodes.length).toBeGreaterThan(2);
      const due = nodes.map(({ dueAt }: any) => dueAt);
      expect(due).toEqual([...due].sort());
      expect(nodes.every(({ reason, evidence }: any) => reason.length > 20 && evidence.length > 0)).toBe(true);
      expect(nodes.filter((each: any) => each.case?.title === "Number plates with a slogan").length).toBeGreaterThan(0);
    },
  },
  AppealsAndRulings: {
    as: "vendorManager",
    check: ({ appeals: { nodes } }) => {
      expect(codesOf(nodes.map(({ vendor }: any) => vendor.code))).toEqual(["NUSA"]);
      const argued = nodes.find(({ reason }: any) => reason.includes("football club"));
      expect([argued.outcome, argued.rulings.nodes.map(({ tier, outcome }: any) => `${tier} ${outcome}`)]).toEqual(
        ["AUDIT_OVERTURNED", ["L2 AUDIT_UPHELD", "L3 AUDIT_OVERTURNED"]]);
      expect(codesOf(nodes.map(({ outcome }: any) => outcome))).toEqual(["AUDIT_OVERTURNED", "AUDIT_UPHELD"]);
    },
  },
  OverturnRateByVendorAndMonth: {
    variables: () => MONTHS, figures: 8,
    check: ({ metrics: { rows, totals } }) => {
      expect(codesOf(rows.map(({ vendor }: any) => vendor.code))).toEqual(["LUZON", "NUSA"]);
      expect(codesOf(rows.map(({ month }: any) => month)).length).toBeGreaterThan(1);
      expect(rows.every(({ values }: any) => values.every(({ interval }: any) => interval !== null))).toBe(true);
      expect(totals.values[0].n).toBeGreaterThan(10);
    },
  },
  AuditorCoachingList: {
    check: ({ auditorOverturns: { nodes, totalCount } }) => {
      expect(totalCount).toBeGreaterThan(5);
      expect(nodes.every(({ outcome, changes }: any) => outcome === "AUDIT_OVERTURNED" && changes.length > 0)).toBe(true);
      expect(codesOf(nodes.map(({ previousVerdict }: any) => previousVerdict.actor.name)).length).toBeGreaterThan(1);
    },
  },
  PrecedentsOfPolicy: {
    as: "vendorQa", variables: ({ policy }) => ({ policyIds: [policy], search: "nickname" }),
    check: ({ precedents: { nodes } }) => expect(nodes.map(({ title, policyVersion }: any) => [title, policyVersion.semver])).toEqual([["A club's nickname is no coded term", "2.0.0"]]),
  },
  SlaAttainmentByClock: {
    variables: () => MONTHS, figures: 6,
    check: ({ metrics: { rows } }) => {
      const share = new Map(rows.map(({ clockKind, values: [{ value }] }: any) => [clockKind, value]));
      expect([share.get("APPEAL_L1"), share.get("APPEAL_L2")]).toEqual([1, 1]);
      expect(share.get("APPEAL_L3")).toBeLessThan(1);
      expect([...share.keys()]).toEqual(expect.arrayContaining(["ESCALATION_ACK", "ESCALATION_PARTNER"]));
    },
  },
  OpenEscalations: {
    figures: 2, nulls: [null],
    check: ({ escalations: { nodes, totalCount } }) => {
      expect(totalCount).toBe(5);
      const fall = nodes.find(({ severity }: any) => severity === "SEV2");
      expect([fall.state, fall.discipline, fall.trigger, fall.owner.name, fall.vendor.code]).toEqual(["IMPLEMENTING", 6, "METRIC_OFF_TARGET", "Paula Policy", "NUSA"]);
      expect(fall.slaClocks.nodes.map(({ kind }: any) => kind)).toEqual(["ESCALATION_ACTIONS"]);
      expect(fall.signals.nodes[0].high).toBeLessThan(fall.signals.nodes[0].threshold);
      expect(codesOf(nodes.map(({ state }: any) => state))).toEqual(["IMPLEMENTING", "INVESTIGATING", "OPEN", "VERIFYING", "WAITING_PARTNER"]);
    },
  },
  PartnerRcaQueue: {
    as: "vendorManager",
    check: ({ escalations: { nodes: [asked, ...others] } }) => {
      expect(others).toEqual([]);
      expect(asked.slaClocks.nodes.length).toBe(1);
      expect(asked.rcas.nodes).toMatchObject([{ state: "DRAFT", whys: { nodes: [] }, allowedActions: ["writeRca", "submitPartnerRca"] }]);
    },
  },
  CausesAndActions: {
    check: ({ escalations: { nodes } }) => {
      const fall = nodes.find(({ state }: any) => state === "IMPLEMENTING");
      const [rca] = fall.rcas.nodes;
      expect([rca.vendor.code, rca.whys.nodes.length, rca.causes.nodes.filter(({ isRoot }: any) => isRoot).length]).toEqual(["NUSA", 5, 2]);
      expect(codesOf(fall.actions.nodes.map(({ kind }: any) => kind))).toEqual(["CONTAINMENT", "CORRECTION", "CORRECTIVE", "PREVENTIVE"]);
      expect(nodes.length).toBe(2);
    },
  },
  OverdueActions: {
    as: "vendorManager",
    check: ({ actions: { nodes, totalCount } }) => {
      expect(nodes.map(({ title }: any) => title)).toContain("OP-12: practice on twenty examples before a version counts");
      expect(totalCount).toBe(nodes.length);
    },
  },
  EffectivenessChecksDue: {
    check: ({ escalations: { nodes } }) => {
      const checks = nodes.flatMap(({ effectivenessChecks }: any) => effectivenessChecks.nodes);
      expect(checks).toMatchObject([{ measure: "ERROR_RATE", target: 0.05, checkWindow: { from: "2026-02-25", to: "2026-03-25" }, result: null }]);
      expect(checks[0].dueAt).not.toBeNull();
    },
  },
  EscalationRuleDryRun: {
    figures: 2,
    variables: ({ project, queue }) => ({
      projectId: project, from: "2026-02-14", to: "2026-02-17",
      rule: { name: "Below 93 %", trigger: "METRIC_OFF_TARGET", kind: "QUALITY", severity: "SEV3", parameters: { measure: "ACCURACY", threshold: 0.93, days: 14, nMin: 30 }, queueIds: [queue] },
    }),
    check: ({ escalationRulePreview: [found, ...others] }) => {
      expect([found.signals > 1, others]).toEqual([true, []]);
      expect(found.first.high).toBeLessThan(0.93);
    },
  },
  ClocksRunningOut: {
    check: ({ slaClocks: { nodes } }) => {
      const due = nodes.map(({ dueAt }: any) => dueAt);
      expect(due).toEqual([...due].sort());
      expect(nodes.map(({ kind }: any) => kind)).toEqual(expect.arrayContaining(["APPEAL_L2", "ESCALATION_ACTIONS"]));
      expect(nodes.map(({ calendar }: any) => calendar?.code)).toContain("KUL-OFFICE");
    },
  },
};
