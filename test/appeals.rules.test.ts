import { describe, expect, test } from "vitest";
import {
  APPEAL_MACHINE, type AppealActor, type AppealState, appealAudience, appealParts, clockIn, firstTier, isOver, isOverdue, mayRead, possibleActions, rolesFor, statesFor, tierFor, tierIn, turnOf,
} from "../src/appeals/rules.ts";
import { APPEAL_STATES, type AppealRow } from "../src/appeals/table.ts";
import { allowedActions, walk } from "../src/core/machine.ts";
import type { Role, Viewer } from "../src/core/viewer.ts";
import { checkComplete, checkContestable, checkContests, checkJoin } from "../src/filings/rules.ts";

const NOW = new Date("2026-01-05T00:00:00Z");
const [BEFORE, AFTER] = [new Date("2026-01-04T23:59:59Z"), new Date("2026-01-05T00:00:01Z")];

const viewer = (role: Role, more: Partial<Viewer> = {}) =>
  ({ role, principalId: "other", grants: [], vendorId: null, teamId: null, labelerId: null, scopes: null, ...more }) as unknown as Viewer;
const ofVendor = (role: Role, more: Partial<Viewer> = {}) => viewer(role, { vendorId: "v", ...more });
const adjudicating = (more: object = {}) => [{ role: "AUDITOR", projectId: "p", canAdjudicate: true, labelerId: null, ...more }] as unknown as Viewer["grants"];

const appeal = (more: object = {}) =>
  ({
    projectId: "p", layer: "CLIENT", raisedById: "appellant", raisedAs: "LABELER", auditorId: "auditor", labelerId: "l", vendorId: "v", teamId: "t",
    state: "L1_REVIEW", tier: "L1", dueAt: AFTER, outcome: null, caseId: null, project: { settings: {} }, ...more,
  }) as unknown as AppealRow;

describe("what one is to an appeal", () => {
  const labelersOwn = [{ labelerId: "l" }] as unknown as Viewer["grants"];
  test.each([
    ["its appellant, a labeler", ofVendor("LABELER", { principalId: "appellant" }), {}, ["APPELLANT"]],
    ["its labeler, whose vendor appeals", ofVendor("LABELER", { labelerId: "l", grants: labelersOwn }), {}, []],
    ["its appellant, a vendor's QA", ofVendor("VENDOR_QA", { principalId: "appellant" }), {}, ["APPELLANT"]],
    ["the appellant, acting as analyst", viewer("ANALYST", { principalId: "appellant" }), {}, []],
    ["another of the vendor's QA", ofVendor("VENDOR_QA"), {}, ["L1_REVIEWER", "L1_REVIEWER_IN_LAYER_CLIENT"]],
    ["the vendor's manager, in its own layer", ofVendor("VENDOR_MANAGER"), { layer: "VENDOR" }, ["L1_REVIEWER", "L1_REVIEWER_IN_LAYER_VENDOR"]],
    ["QA of the labeler's team", ofVendor("VENDOR_QA", { teamId: "t" }), {}, ["L1_REVIEWER", "L1_REVIEWER_IN_LAYER_CLIENT"]],
    ["QA of another team", ofVendor("VENDOR_QA", { teamId: "u" }), {}, []],
    ["another vendor's QA", viewer("VENDOR_QA", { vendorId: "w" }), {}, []],
    ["QA who may act as the labeler", ofVendor("VENDOR_QA", { grants: labelersOwn }), {}, []],
    ["QA who made the audit", ofVendor("VENDOR_QA", { principalId: "auditor" }), { layer: "VENDOR" }, []],
    ["a lead", viewer("QA_LEAD"), {}, ["ADJUDICATOR"]],
    ["a lead who made the audit", viewer("QA_LEAD", { principalId: "auditor" }), {}, []],
    ["an auditor", viewer("AUDITOR"), {}, []],
    ["an auditor who may adjudicate", viewer("AUDITOR", { grants: adjudicating() }), {}, ["ADJUDICATOR"]],
    ["one who may in another project", viewer("AUDITOR", { grants: adjudicating({ projectId: "q" }) }), {}, []],
    ["one who may, and made the audit", viewer("AUDITOR", { principalId: "auditor", grants: adjudicating() }), {}, []],
    ["a policy manager", viewer("POLICY_MANAGER"), {}, ["ARBITER"]],
    ["a policy manager who made the audit", viewer("POLICY_MANAGER", { principalId: "auditor" }), {}, []],
    ["an administrator", viewer("ADMIN"), {}, []],
  ] as const)("%s", (_, who, more, expected) => {
    expect([...appealParts(who as Viewer, appeal(more))]).toEqual(expected);
  });
});

describe("the machine", () => {
  test("walks where the table says, and names what is possible elsewhere", () => {
    for (const { verb, who } of APPEAL_MACHINE.arrows) {
      const parts = new Set<AppealActor>(who.filter((actor) => actor !== "SYS"));
      for (const state of APPEAL_STATES) {
        const arrows = APPEAL_MACHINE.arrows.filter((arrow) => arrow.verb === verb && arrow.from.includes(state) && arrow.who.some((actor) => parts.has(actor)));
        const go = () => walk(APPEAL_MACHINE, state, verb, parts);
        if (arrows.length > 0) expect(arrows).toContain(go());
        else expect(go).toThrow(parts.size === 0 ? "is not yours" : `is not possible while the appeal is ${state}. Possible now: ${allowedActions(APPEAL_MACHINE, state, parts).join(", ") || "nothing"}.`);
      }
    }
  });

  test("the system decides nothing", () => {
    const sys = APPEAL_MACHINE.arrows.filter(({ who }) => who.includes("SYS"));
    expect([...new Set(sys.map(({ verb }) => verb))].sort()).toEqual(["answerAppeal", "closeAppeal", "expireAppeal", "forwardAppeal"]);
  });

  test("what is over has no way out", () => {
    const ends = APPEAL_STATES.filter((state) => !APPEAL_MACHINE.arrows.some(({ from }) => from.includes(state)));
    expect(ends).toEqual(APPEAL_STATES.filter(isOver));
  });

  test.each([
    ["fileAppeal", ["LABELER", "VENDOR_QA", "VENDOR_MANAGER"]],
    ["declineAppeal", ["VENDOR_QA", "VENDOR_MANAGER"]],
    ["decideAppeal", ["VENDOR_QA", "VENDOR_MANAGER", "QA_LEAD", "AUDITOR", "POLICY_MANAGER"]],
    ["escalateAppeal", ["QA_LEAD", "AUDITOR"]],
    ["closeAppeal", []],
  ] as const)("%s is for %j", (verb, roles) => expect(rolesFor(verb)).toEqual(roles));

  test("a verb leaves the states of its arrows", () => expect(statesFor("decideAppeal")).toEqual(["L1_REVIEW", "L2_REVIEW", "L3_ARBITRATION"]));
});

describe("tiers", () => {
  test.each([
    [["L1", "L2", "L3"], "L1", "L1"], [["L1", "L2", "L3"], "L3", "L3"], [["L2", "L3"], "L1", "L2"], [["L1", "L3"], "L2", "L3"], [["L1", "L2"], "L3", null],
  ] as const)("of %j, from %s on, the first is %s", (appealTiers, from, expected) => {
    expect(tierFor(appeal({ project: { settings: { appealTiers } } }), from)).toBe(expected);
    expect(tierFor(appeal({ layer: "VENDOR", project: { settings: { appealTiers } } }), from)).toBe(from === "L1" ? "L1" : null);
  });

  test.each([
    ["CLIENT", "LABELER", "L1"], ["CLIENT", "VENDOR_QA", "L2"], ["CLIENT", "VENDOR_MANAGER", "L2"], ["VENDOR", "LABELER", "L1"], ["VENDOR", "VENDOR_QA", "L1"],
  ] as const)("in layer %s, what is raised as %s begins in %s", (layer, raisedAs, expected) => expect(firstTier(appeal({ layer, raisedAs }))).toBe(expected));

  test("each state has the clock of who owes something", () => {
    expect(Object.fromEntries(APPEAL_STATES.map((state) => [state, clockIn(state)]))).toEqual({
      DRAFT: null, L1_REVIEW: "APPEAL_L1", L2_REVIEW: "APPEAL_L2", L3_ARBITRATION: "APPEAL_L3", RETURNED_FOR_INFO: "APPEAL_REPLY", DECIDED: "APPEAL_REAPPEAL",
      DECLINED: "APPEAL_REAPPEAL", WITHDRAWN: null, INVALID: null, EXPIRED: null, CLOSED: null,
    });
    expect(APPEAL_STATES.map(tierIn).filter(Boolean)).toEqual(["L1", "L2", "L3"]);
  });

  test.each([
    ["L2_REVIEW", BEFORE, true], ["L2_REVIEW", AFTER, false], ["RETURNED_FOR_INFO", BEFORE, true], ["DRAFT", BEFORE, false], ["DECIDED", BEFORE, false], ["CLOSED", null, false],
  ] as const)("%s, due %s, is late: %s", (state, dueAt, expected) => expect(isOverdue({ state, dueAt }, NOW)).toBe(expected));
});

describe("what is possible now", () => {
  const of = (who: Viewer, more: object) => possibleActions(who, appeal(more), NOW);
  const mine = ofVendor("LABELER", { principalId: "appellant" });
  test.each([
    ["a draft in its window", mine, { state: "DRAFT" }, ["saveAppealDraft", "fileAppeal", "withdrawAppeal"]],
    ["a draft whose window is over", mine, { state: "DRAFT", dueAt: NOW }, ["saveAppealDraft", "withdrawAppeal"]],
    ["a decline in its window", mine, { state: "DECLINED" }, ["continueAppeal"]],
    ["a decline whose window is over", mine, { state: "DECLINED", dueAt: null }, []],
    ["a ruling in its window", mine, { state: "DECIDED", outcome: "AUDIT_PARTIALLY_OVERTURNED" }, ["fileReappeal"]],
    ["a ruling whose window is over", mine, { state: "DECIDED", outcome: "AUDIT_UPHELD", dueAt: NOW }, []],
    ["an overturned audit", mine, { state: "DECIDED", outcome: "AUDIT_OVERTURNED" }, []],
    ["a ruling where there is no third tier", mine, { state: "DECIDED", outcome: "AUDIT_UPHELD", project: { settings: { appealTiers: ["L2"] } } }, []],
    ["the client's review", viewer("QA_LEAD"), { state: "L2_REVIEW" }, ["returnAppeal", "escalateAppeal", "decideAppeal", "markAppealInvalid"]],
    ["the client's review, late", viewer("QA_LEAD"), { state: "L2_REVIEW", dueAt: BEFORE }, ["returnAppeal", "escalateAppeal", "decideAppeal", "markAppealInvalid"]],
    ["the client's review where there is no third tier", viewer("QA_LEAD"), { state: "L2_REVIEW", project: { settings: { appealTiers: ["L2"] } } }, ["returnAppeal", "decideAppeal", "markAppealInvalid"]],
    ["one of a case", viewer("POLICY_MANAGER"), { state: "L3_ARBITRATION", caseId: "c" }, ["returnAppeal", "decideAppeal", "decideAppealCase", "markAppealInvalid"]],
    ["the vendor's own layer", ofVendor("VENDOR_QA"), { layer: "VENDOR" }, ["returnAppeal", "decideAppeal"]],
  ] as const)("%s", (_, who, more, expected) => expect(of(who, more)).toEqual(expected));

  test("it is one's turn where one must answer, or may review", () => {
    expect(turnOf(mine)).toMatchObject({ principalId: "appellant", answers: ["DRAFT", "RETURNED_FOR_INFO"], reviews: [], projectIds: null });
    expect(turnOf(ofVendor("VENDOR_QA"))).toMatchObject({ answers: ["DRAFT", "RETURNED_FOR_INFO"], reviews: ["L1_REVIEW"] });
    expect(turnOf(viewer("QA_LEAD"))).toMatchObject({ answers: [], reviews: ["L2_REVIEW"], projectIds: null });
    expect(turnOf(viewer("AUDITOR", { grants: adjudicating() }))).toMatchObject({ reviews: ["L2_REVIEW"], projectIds: ["p"], labelerIds: [] });
    expect(turnOf(viewer("AUDITOR"))).toMatchObject({ reviews: ["L2_REVIEW"], projectIds: [] });
    expect(turnOf(viewer("POLICY_MANAGER"))).toMatchObject({ reviews: ["L3_ARBITRATION"] });
    expect(turnOf(viewer("ANALYST"))).toMatchObject({ answers: [], reviews: [] });
  });

  test("clients read appeals if they are for it", () => {
    expect(mayRead(viewer("SERVICE", { scopes: new Set(["appeals:read"] as const) }))).toBe(true);
    expect(mayRead(viewer("SERVICE", { scopes: new Set(["audits:read"] as const) }))).toBe(false);
    expect(mayRead(viewer("LABELER"))).toBe(true);
  });

  test("staff that may rule hears of an appeal from the second tier on", () => {
    const audience = { auditorId: "auditor", vendorId: "v", teamId: "t", labelerId: "l", isPartnerVisible: true };
    expect(appealAudience(appeal(), "L1")).toEqual({ ...audience, isStaffVisible: false });
    for (const tier of ["L2", "L3"] as const) expect(appealAudience(appeal(), tier)).toEqual({ ...audience, isStaffVisible: true });
  });
});

describe("filing", () => {
  const fine = { windowDueAt: AFTER, outcome: "INCORRECT", score: 0.5, criterionIds: [], isAppealed: false } as const;
  test.each([
    ["an error", {}, null],
    ["an error without a score", { score: null }, null],
    ["a lower score", { outcome: "CORRECT", score: 0.99 }, null],
    ["what is right in full", { outcome: "CORRECT", score: 1 }, "nothing to contest"],
    ["what is right and has no score", { outcome: "CORRECT", score: null }, "nothing to contest"],
    ["what is appealed", { isAppealed: true }, "under appeal already"],
    ["what is over", { windowDueAt: NOW }, "window is over"],
    ["what has no window", { windowDueAt: null }, "window is over"],
  ] as const)("%s can be contested unless %s", (_, more, message) => {
    const check = () => checkContestable({ ...fine, ...more }, NOW, ["auditId"]);
    if (message) expect(check).toThrow(message);
    else expect(check).not.toThrow();
  });

  test("criteria are those of the verdict, each once, with an argument or none", () => {
    expect(checkContests([{ criterionId: "b", argument: " So. " }, { criterionId: "a" }], ["a", "b"])).toEqual([{ criterionId: "b", argument: "So." }, { criterionId: "a", argument: null }]);
    const pathOf = (check: () => unknown) => {
      try {
        check();
      } catch (error) {
        return (error as { path: string[] }).path.join(".");
      }
      return null;
    };
    expect(pathOf(() => checkContests([{ criterionId: "a" }, { criterionId: "c" }], ["a", "b"]))).toBe("criteria.1.criterionId");
    expect(pathOf(() => checkContests([{ criterionId: "a" }, { criterionId: "a" }], ["a", "b"]))).toBe("criteria.1.criterionId");
    expect(pathOf(() => checkContests([{ criterionId: "a", argument: "" }], ["a"]))).toBe("criteria.0.argument");
    const said = { reason: "So.", evidence: ["there"] };
    expect([
      pathOf(() => checkComplete({ ...said, reason: "" }, 1, 1)), pathOf(() => checkComplete({ ...said, evidence: [] }, 1, 1)), pathOf(() => checkComplete(said, 0, 1)),
      pathOf(() => checkComplete(said, 0, 0)), pathOf(() => checkComplete(said, 1, 1)),
    ]).toEqual(["reason", "evidence", "criteria", null, null]);
  });

  test.each([
    [{}, true], [{ labelerId: "l" }, true], [{ labelerId: "m" }, false], [{ projectId: "q" }, false], [{ layer: "VENDOR" }, false], [{ vendorId: "w" }, false],
  ] as const)("a case of %j takes the appeal: %s", (more, isFine) => {
    const check = () => checkJoin({ projectId: "p", layer: "CLIENT", vendorId: "v", labelerId: null, ...more }, appeal());
    if (isFine) expect(check).not.toThrow();
    else expect(check).toThrow("of another project, layer, vendor or labeler");
  });
});

// Every state has its own place above.
test("the table has the states of the rows", () => {
  const named = new Set(APPEAL_MACHINE.arrows.flatMap(({ from, to }) => [...from, ...(to ? [to] : [])] as AppealState[]));
  expect([...named].sort()).toEqual([...APPEAL_STATES].sort());
});
