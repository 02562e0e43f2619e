import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { eventsOf, globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterAll(() => world.close());

const FIELDS = "businessCalendar { id code name timeZone version hours { weekday opens closes } holidays { totalCount nodes { heldOn name } } }";
const OFFICE = [{ weekday: "TUESDAY", opens: "09:00", closes: "18:00" }, { weekday: "MONDAY", opens: "13:30", closes: "24:00" }, { weekday: "MONDAY", opens: "00:00", closes: "06:00" }];
const base = (code: string) => ({ code, name: `Calendar ${code}`, timeZone: "Asia/Jakarta", hours: OFFICE });
const make = async (code: string, input: object = {}) => (await world.admin.verb("createBusinessCalendar", { ...base(code), ...input }, FIELDS)).businessCalendar;
const days = (count: number, from = Date.parse("2026-01-01")) => Array.from({ length: count }, (_, i) => new Date(from + i * 86_400_000).toISOString().slice(0, 10));

test("a calendar is made, changed, given holidays and rid of them", async () => {
  const made = await make("JKT", { holidays: [{ heldOn: "2026-12-25" }, { heldOn: "2026-08-17", name: "Independence Day" }] });
  expect(made).toMatchObject({
    code: "JKT", timeZone: "Asia/Jakarta", version: 1,
    hours: [{ weekday: "MONDAY", opens: "00:00", closes: "06:00" }, { weekday: "MONDAY", opens: "13:30", closes: "24:00" }, { weekday: "TUESDAY", opens: "09:00", closes: "18:00" }],
    holidays: { totalCount: 2, nodes: [{ heldOn: "2026-08-17", name: "Independence Day" }, { heldOn: "2026-12-25", name: "" }] },
  });
  const hours = [{ weekday: "FRIDAY", opens: "08:00", closes: "12:00" }];
  const change = { calendarId: made.id, name: "Office", timeZone: "Asia/Makassar", hours, expectedVersion: 1 };
  const changed = (await world.admin.verb("changeBusinessCalendar", change, FIELDS)).businessCalendar;
  expect(changed).toMatchObject({ code: "JKT", name: "Office", timeZone: "Asia/Makassar", hours, version: 2, holidays: { totalCount: 2 } });
  const holidays = [{ heldOn: "2027-01-01", name: "New Year" }, { heldOn: "2026-12-25", name: "Christmas" }];
  const added = await world.admin.verb("addHolidays", { calendarId: made.id, holidays, expectedVersion: 2 }, `added ${FIELDS}`);
  expect(added).toMatchObject({ added: 1, businessCalendar: { version: 3, holidays: { totalCount: 3, nodes: [{}, { heldOn: "2026-12-25", name: "" }, { name: "New Year" }] } } });
  const removed = await world.admin.verb("removeHolidays", { calendarId: made.id, heldOn: ["2026-12-25", "2026-12-26"] }, `removed ${FIELDS}`);
  expect(removed).toMatchObject({ removed: 1, businessCalendar: { version: 4, holidays: { totalCount: 2 } } });
  expect(await world.admin.refused("addHolidays", { calendarId: made.id, holidays, expectedVersion: 3 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await eventsOf(world, made.id)).toEqual(["created", "changed", "holidays_added", "holidays_removed"].map((what) => `business_calendar.${what} null>null`));
});

test("everybody reads calendars, by list, code and id", async () => {
  const { id } = await make("READ", { timeZone: "Pacific/Auckland", holidays: days(30).map((heldOn) => ({ heldOn })) });
  const labeler = await world.caller({ role: "LABELER", projectId: project.projectId, vendorId: project.vendors[0]!.id, labelerId: project.vendors[0]!.labelerIds[0]! });
  const query = `query ($id: ID!) {
    businessCalendars(filter: { timeZones: ["Pacific/Auckland"], codes: ["READ"] }, orderBy: { field: CODE }) { totalCount nodes { id code } }
    businessCalendarByCode(code: "READ") { id }
    node(id: $id) { ... on BusinessCalendar { code holidays(first: 2, filter: { from: "2026-01-10", to: "2026-01-20" }) { totalCount nodes { heldOn } pageInfo { hasNextPage } } } }
  }`;
  for (const who of [lead, labeler, world.admin]) {
    expect(await who.ask(query, { id })).toEqual({
      businessCalendars: { totalCount: 1, nodes: [{ id, code: "READ" }] },
      businessCalendarByCode: { id },
      node: { code: "READ", holidays: { totalCount: 10, nodes: [{ heldOn: "2026-01-10" }, { heldOn: "2026-01-11" }], pageInfo: { hasNextPage: true } } },
    });
  }
});

test.each([
  ["a zone that is none", { timeZone: "Asia/Atlantis" }, ["timeZone"], "Asia/Atlantis"],
  ["an offset for a zone", { timeZone: "+07:00" }, ["timeZone"], "+07:00"],
  ["a week without an open minute", { hours: [] }, ["hours"], "never open"],
  ["intervals that overlap", { hours: [{ weekday: "MONDAY", opens: "13:00", closes: "18:00" }, { weekday: "MONDAY", opens: "09:00", closes: "13:01" }] }, ["hours"], "on MONDAY, 09:00 to 13:01 and 13:00 to 18:00 overlap"],
  ["a shift over midnight as one", { hours: [{ weekday: "MONDAY", opens: "22:00", closes: "06:00" }] }, ["hours", "0"], "a shift over midnight is two"],
  ["an interval without length", { hours: [{ weekday: "MONDAY", opens: "09:00", closes: "09:00" }] }, ["hours", "0"], "does not end after it begins"],
  ["what is no time of day", { hours: [{ weekday: "MONDAY", opens: "24:00", closes: "25:00" }] }, ["hours", "0", "opens"], '"24:00"'],
  ["a holiday named twice", { holidays: [{ heldOn: "2026-01-01" }, { heldOn: "2026-01-01" }] }, ["holidays"], "2026-01-01 stands there twice"],
  ["a holiday too far off", { holidays: [{ heldOn: "2200-01-01" }] }, ["holidays"], "out of range"],
  ["too many holidays at a time", { holidays: days(401).map((heldOn) => ({ heldOn })) }, ["holidays"], "1 to 400"],
])("%s is refused", async (_, input, path, message) => {
  const refused = await world.admin.refused("createBusinessCalendar", { ...base("NO"), ...input });
  expect(refused).toMatchObject({ code: "INVALID_INPUT", path });
  expect(refused.message).toContain(message);
});

test("hours that touch are taken, and a code is only once", async () => {
  await make("TOUCH", { hours: [{ weekday: "MONDAY", opens: "09:00", closes: "12:00" }, { weekday: "MONDAY", opens: "12:00", closes: "13:00" }] });
  expect(await world.admin.refused("createBusinessCalendar", base("TOUCH"))).toMatchObject({ code: "CONFLICT" });
});

test("a calendar is not closed for more than a year from now", async () => {
  const { id } = await make("CLOSED");
  const today = Date.now() - 86_400_000;
  const year = (from: number) => days(400, from).map((heldOn) => ({ heldOn }));
  expect(await world.admin.refused("addHolidays", { calendarId: id, holidays: year(today) })).toMatchObject({ code: "INVALID_INPUT", path: ["holidays"] });
  expect(await world.admin.verb("addHolidays", { calendarId: id, holidays: year(today).slice(0, 300) }, "added")).toMatchObject({ added: 300 });
  expect(await world.admin.refused("addHolidays", { calendarId: id, holidays: year(today + 300 * 86_400_000).slice(0, 100) })).toMatchObject({ code: "INVALID_INPUT" });
});

test("a calendar is assigned to a vendor, site, market and project, and taken away", async () => {
  const { id } = await make("OWN");
  const [vendor] = project.vendors;
  const [market] = await world.sql`select id from markets where code = ${project.market}`;
  const targets = { Vendor: globalId("Vendor", vendor!.id), Site: globalId("Site", vendor!.siteId), Market: globalId("Market", market!.id), Project: projectGid(project) };
  for (const [type, targetId] of Object.entries(targets)) {
    const fields = `target { id ... on ${type} { calendar { code } version } }`;
    expect(await world.admin.verb("assignCalendar", { targetId, calendarId: id, expectedVersion: 1 }, fields)).toMatchObject({ target: { id: targetId, calendar: { code: "OWN" }, version: 2 } });
    expect(await world.admin.refused("assignCalendar", { targetId, calendarId: id, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    expect(await world.admin.verb("assignCalendar", { targetId, calendarId: null }, fields)).toMatchObject({ target: { calendar: null, version: 3 } });
    expect(await eventsOf(world, targetId)).toEqual(Array(2).fill(`${type.toLowerCase()}.calendar_assigned null>null`));
  }
  expect(await world.admin.refused("assignCalendar", { targetId: id, calendarId: id })).toMatchObject({ code: "INVALID_INPUT", path: ["targetId"] });
  const unknown = globalId("BusinessCalendar", vendor!.id);
  expect(await world.admin.refused("assignCalendar", { targetId: targets.Vendor, calendarId: unknown })).toMatchObject({ code: "NOT_FOUND", path: ["calendarId"] });
  expect(await world.admin.refused("changeBusinessCalendar", { calendarId: unknown, name: "x" })).toMatchObject({ code: "NOT_FOUND" });
});

test("calendars are for administrators to write", async () => {
  const { id } = await make("ADMINS");
  const inputs = {
    createBusinessCalendar: base("LEADS"), changeBusinessCalendar: { calendarId: id, name: "x" }, addHolidays: { calendarId: id, holidays: [{ heldOn: "2026-01-01" }] },
    removeHolidays: { calendarId: id, heldOn: ["2026-01-01"] }, assignCalendar: { targetId: projectGid(project), calendarId: id },
  };
  for (const [verb, input] of Object.entries(inputs)) expect(await lead.refused(verb, input)).toMatchObject({ code: "FORBIDDEN" });
});

test("how long things may take is a setting of the project", async () => {
  const ask = async () => (await lead.ask("query ($id: ID!) { node(id: $id) { ... on Project { settings { clockAllowances { clock unit amount isDefault } } } } }", { id: projectGid(project) })).node.settings.clockAllowances;
  const before = await ask();
  expect(before).toHaveLength(28);
  const find = (list: any[], clock: string) => list.find((each) => each.clock === clock);
  // Of domain.md section 8, one of each unit and calendar.
  expect(find(before, "APPEAL_FILING")).toEqual({ clock: "APPEAL_FILING", unit: "OPEN_MINUTES", amount: 2_880, isDefault: true });
  expect(find(before, "POLICY_QUESTION")).toMatchObject({ unit: "BUSINESS_DAYS", amount: 2 });
  expect(find(before, "ESCALATION_ACK_SEV1")).toMatchObject({ unit: "OPEN_MINUTES", amount: 30 });
  expect(find(before, "ESCALATION_ACTIONS_SEV2")).toMatchObject({ unit: "OPEN_MINUTES", amount: 14_400 });
  expect(find(before, "ESCALATION_ACTIONS_SEV4")).toMatchObject({ unit: "BUSINESS_DAYS", amount: 30 });
  const set = (clockAllowances: unknown) => lead.verb("changeProject", { id: projectGid(project), settings: { clockAllowances } }, "project { id }");
  await set([{ clock: "APPEAL_FILING", unit: "BUSINESS_DAYS", amount: 3 }]);
  expect(find(await ask(), "APPEAL_FILING")).toEqual({ clock: "APPEAL_FILING", unit: "BUSINESS_DAYS", amount: 3, isDefault: false });
  await set([{ clock: "APPEAL_L1", unit: "OPEN_MINUTES", amount: 60 }]);
  expect(find(await ask(), "APPEAL_FILING")).toMatchObject({ isDefault: true });
  await set(null);
  expect(await ask()).toEqual(before);
  const refused = (clockAllowances: object[]) => lead.refused("changeProject", { id: projectGid(project), settings: { clockAllowances } });
  const one = { clock: "APPEAL_L1", unit: "BUSINESS_DAYS", amount: 5 };
  expect(await refused([one, one])).toMatchObject({ code: "INVALID_INPUT", path: ["settings", "clockAllowances", "1"] });
  expect(await refused([{ ...one, amount: 251 }])).toMatchObject({ code: "INVALID_INPUT", path: ["settings", "clockAllowances", "0", "amount"] });
  expect(await refused([{ ...one, unit: "OPEN_MINUTES", amount: 0 }])).toMatchObject({ code: "INVALID_INPUT" });
});

test("statements are constant in the number of calendars and holidays", async () => {
  const count = async () => {
    world.statements.length = 0;
    await lead.ask("{ businessCalendars(first: 100) { nodes { code hours { opens } holidays { nodes { heldOn } } } } markets { nodes { calendar { code } } } vendors { nodes { calendar { code } sites { nodes { calendar { code } } } } } }");
    return world.statements.length;
  };
  const before = await count();
  for (const code of ["N1", "N2", "N3"]) await make(code, { holidays: days(20).map((heldOn) => ({ heldOn })) });
  expect(await count()).toBe(before);
  expect(before).toBe(5);
  const { id } = await make("N4");
  const writes = async (holidays: number) => {
    world.statements.length = 0;
    await world.admin.verb("addHolidays", { calendarId: id, holidays: days(holidays, Date.parse("2031-01-01") + holidays * 86_400_000 * 10).map((heldOn) => ({ heldOn })) }, "added");
    return world.statements.length;
  };
  expect(await writes(30)).toBe(await writes(1));
});
