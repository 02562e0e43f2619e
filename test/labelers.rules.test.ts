import { describe, expect, test } from "vitest";
import { Forbidden, InvalidTransition } from "../src/core/errors.ts";
import { allowedActions, walk } from "../src/core/machine.ts";
import { type Role, ROLES, type Scope, type Viewer } from "../src/core/viewer.ts";
import {
  checkRosterRow,
  LABELER_MACHINE,
  type LabelerActor,
  labelerParts,
  type LabelerStatus,
  type LabelerVerb,
  makePseudonym,
  maySeeName,
  maySeeRef,
  planRosterRow,
  shownPauseReason,
  tenureDays,
} from "../src/labelers/rules.ts";
import { LABELER_STATUSES, type LabelerRow, PAUSE_REASONS } from "../src/labelers/table.ts";

function viewer(role: Role, rest: Partial<Viewer> = {}): Viewer {
  const none = {
    principalId: "p",
    grants: [],
    projectIds: [],
    vendorId: null,
    teamId: null,
    labelerId: null,
    scopes: null,
    expiresAt: null,
  };
  return { ...none, role, ...rest };
}

const { arrows } = LABELER_MACHINE;
const VERBS = [...new Set(arrows.map(({ verb }) => verb))];
const ACTORS = [...new Set(arrows.flatMap(({ who }) => who))].filter((actor) => actor !== "SYS");

describe("the machine of a labeler", () => {
  // domain.md section 6, one line an arrow: from, verb, to, who.
  test("is the domain's", () => {
    const lines = arrows.flatMap(({ from, verb, to, who }) =>
      from.map((state) => `${state} ${verb} ${to ?? "the state it left"}: ${who.join(", ")}`),
    );
    expect(lines).toEqual([
      "TRAINING startNesting NESTING: VENDOR_MANAGER, QA_LEAD",
      "NESTING goLive PRODUCTION: QA_LEAD",
      "NESTING pauseLabeler PAUSED: QA_LEAD, VENDOR_MANAGER, SYS",
      "PRODUCTION pauseLabeler PAUSED: QA_LEAD, VENDOR_MANAGER, SYS",
      "PAUSED resumeLabeler the state it left: QA_LEAD, VENDOR_MANAGER (pauseReason ADMIN), SYS",
      "TRAINING offboardLabeler OFFBOARDED: VENDOR_MANAGER, ADMIN",
      "NESTING offboardLabeler OFFBOARDED: VENDOR_MANAGER, ADMIN",
      "PRODUCTION offboardLabeler OFFBOARDED: VENDOR_MANAGER, ADMIN",
      "PAUSED offboardLabeler OFFBOARDED: VENDOR_MANAGER, ADMIN",
    ]);
  });

  const cases = LABELER_STATUSES.flatMap((state) => VERBS.flatMap((verb) => ACTORS.map((actor) => [state, verb, actor] as const)));
  test.each(cases)("%s, %s by %s", (state: LabelerStatus, verb: LabelerVerb, actor: LabelerActor) => {
    const parts = new Set([actor]);
    const arrow = arrows.find((each) => each.verb === verb && each.from.includes(state) && each.who.includes(actor));
    const isEverTheirs = arrows.some((each) => each.verb === verb && each.who.includes(actor));
    expect(allowedActions(LABELER_MACHINE, state, parts).includes(verb)).toBe(arrow !== undefined);
    if (arrow) expect(walk(LABELER_MACHINE, state, verb, parts)).toBe(arrow);
    else expect(() => walk(LABELER_MACHINE, state, verb, parts)).toThrow(isEverTheirs ? InvalidTransition : Forbidden);
  });

  test("is for three roles, and a vendor's manager lifts administrative pauses alone", () => {
    const partsOf = (role: Role) => [...labelerParts(viewer(role), { pauseReason: null })];
    expect(ROLES.filter((role) => partsOf(role).length > 0)).toEqual(["ADMIN", "QA_LEAD", "VENDOR_MANAGER"]);
    const mayLift = (role: Role) =>
      PAUSE_REASONS.filter((pauseReason) =>
        allowedActions(LABELER_MACHINE, "PAUSED", labelerParts(viewer(role), { pauseReason })).includes("resumeLabeler"),
      );
    expect([mayLift("VENDOR_MANAGER"), mayLift("QA_LEAD"), mayLift("ADMIN")]).toEqual([["ADMIN"], [...PAUSE_REASONS], []]);
  });
});

describe("masks", () => {
  test("names, references and exposure are seen by those who should", () => {
    expect(ROLES.filter((role) => maySeeName(viewer(role)))).toEqual(["ADMIN", "QA_LEAD", "VENDOR_MANAGER", "VENDOR_QA", "LABELER"]);
    expect(ROLES.filter((role) => !maySeeRef(viewer(role)))).toEqual(["AUDITOR", "ANALYST", "SERVICE"]);
    expect(ROLES.filter((role) => shownPauseReason(viewer(role), "EXPOSURE") === "EXPOSURE")).toEqual([
      "ADMIN",
      "VENDOR_MANAGER",
      "LABELER",
    ]);
    for (const reason of [null, "QUALITY", "POLICY_ACK", "ADMIN"] as const)
      expect(shownPauseReason(viewer("QA_LEAD"), reason)).toBe(reason);
  });

  test("clients see by scope", () => {
    const client = (...scopes: Scope[]) => viewer("SERVICE", { scopes: new Set(scopes) });
    expect(
      [client("roster:read"), client("roster:write"), client("decisions:read"), client("metrics:read")].map((each) => [
        maySeeName(each),
        maySeeRef(each),
      ]),
    ).toEqual([
      [true, true],
      [true, true],
      [false, true],
      [false, false],
    ]);
  });
});

describe("a row of a roster", () => {
  const now = new Date("2026-06-01T12:00:00Z");
  const present = {
    externalRef: "a",
    kind: "HUMAN",
    name: "A",
    hiredOn: "2026-01-01",
    siteId: "s",
    teamId: "t",
    status: "PRODUCTION",
  } as LabelerRow;

  test("is refused by field", () => {
    const field = (row: object) => checkRosterRow({ externalRef: "a", ...row }, now)?.field;
    expect(field({ externalRef: "" })).toBe("externalRef");
    expect(field({ externalRef: "x".repeat(201) })).toBe("externalRef");
    expect(field({ externalRef: "a\nb" })).toBe("externalRef");
    expect(field({ name: "" })).toBe("name");
    expect(field({ hiredOn: "1969-12-31" })).toBe("hiredOn");
    expect(field({ hiredOn: "2027-06-03" })).toBe("hiredOn");
    expect(field({ teamCode: "T" })).toBe("siteCode");
    expect(field({ siteCode: "S", teamCode: "T", name: null, hiredOn: "2027-06-01" })).toBeUndefined();
  });

  const outcome = (
    row: object,
    place?: { siteId: string | null; teamId: string | null },
    of: LabelerRow | null = present,
    team: string | null = null,
  ) => planRosterRow({ externalRef: "a", ...row }, of, place, team);

  test("adds, changes, moves or leaves as it is", () => {
    expect(outcome({}, undefined, null)).toEqual({ outcome: "CREATED", place: { siteId: null, teamId: null }, status: "TRAINING" });
    expect(outcome({ initialStatus: "PRODUCTION" }, { siteId: "s", teamId: null }, null)).toMatchObject({
      place: { siteId: "s", teamId: null },
      status: "PRODUCTION",
    });
    expect(outcome({})).toMatchObject({ outcome: "UNCHANGED" });
    expect(outcome({ name: "A", hiredOn: "2026-01-01", initialStatus: "TRAINING" }, { siteId: "s", teamId: "t" })).toMatchObject({
      outcome: "UNCHANGED",
    });
    expect(outcome({ name: null })).toMatchObject({
      outcome: "UPDATED",
      changed: ["name"],
      isMoved: false,
      labeler: { name: null, status: "PRODUCTION" },
    });
    expect(outcome({}, { siteId: "s", teamId: null })).toMatchObject({
      outcome: "UPDATED",
      changed: ["teamId"],
      isMoved: true,
      labeler: { teamId: null },
    });
  });

  test("changes neither kind nor those who have left their place, nor another team's", () => {
    expect(outcome({ kind: "MODEL" })).toMatchObject({ outcome: "REFUSED", refusal: { field: "kind", code: "CONFLICT" } });
    const gone = { ...present, status: "OFFBOARDED" } as LabelerRow;
    expect(outcome({}, { siteId: "s2", teamId: null }, gone)).toMatchObject({ outcome: "REFUSED", refusal: { code: "CONFLICT" } });
    expect(outcome({ name: "B" }, undefined, gone)).toMatchObject({ outcome: "UPDATED" });
    expect(outcome({}, undefined, null, "t")).toMatchObject({ outcome: "REFUSED", refusal: { field: "teamCode", code: "FORBIDDEN" } });
    expect(outcome({}, { siteId: "s", teamId: "t2" }, present, "t")).toMatchObject({ outcome: "REFUSED", refusal: { code: "FORBIDDEN" } });
    expect(outcome({ name: "B" }, undefined, present, "t")).toMatchObject({ outcome: "UPDATED" });
  });
});

test("tenure counts whole days in UTC", () => {
  const days = (hiredOn: string | null, now: string) => tenureDays(hiredOn, new Date(now));
  expect(days("2026-01-01", "2026-01-01T23:59:59Z")).toBe(0);
  expect(days("2026-01-01", "2026-02-01T00:00:00Z")).toBe(31);
  expect(days("2026-01-02", "2026-01-01T12:00:00Z")).toBe(-1);
  expect(days(null, "2026-01-01T00:00:00Z")).toBeNull();
});

test("pseudonyms are ten letters of an alphabet without lookalikes, and don't repeat", () => {
  const made = Array.from({ length: 1_000 }, makePseudonym);
  for (const each of made) expect(each).toMatch(/^L-[0-9A-HJKMNP-TV-Z]{10}$/);
  expect(new Set(made).size).toBe(1_000);
});
