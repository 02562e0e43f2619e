import { afterAll, beforeAll, expect, test } from "vitest";
import { pauseClocks, stopClocks, voidClocks } from "../src/clocks/service.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { asSystemAt, makeCalendar, OFFICE, start } from "./kit/clocks.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type GrantSpec, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
const as = (grant: GrantSpec, of = project) => world.caller({ projectId: of.projectId, ...grant });
const MINUTE_MS = 60_000;
const MONDAY = new Date("2026-02-02T09:00:00Z");
const system = <T>(now: Date, work: Parameters<typeof asSystemAt<T>>[2]) => asSystemAt(pool, now, work);

const FIELDS = `id kind state subjectType startedAt dueAt pausedAt pauseReason stoppedAt breachedAt voidedAt isBreached isAtRisk percentElapsed openSeconds
  remainingOpenSeconds isAlwaysOpen timeZone calendar { code } vendor { id } market { code } queue { code } project { code } version`;
const list = async (by: Caller, filter: object = {}, orderBy: object = { field: "DUE_AT" }, fields = FIELDS) =>
  (await by.ask(`query ($filter: SlaClockFilter, $orderBy: SlaClockOrder) { slaClocks(filter: $filter, orderBy: $orderBy, first: 100) { totalCount nodes { ${fields} } } }`, { filter, orderBy })).slaClocks;
let own: ProjectFixture;
let ids: string[];
let people: Record<string, Caller>;
const now = Date.now();
// Clocks that count every hour, so that today's weekday doesn't matter.
const ago = (minutes: number) => new Date(now - minutes * MINUTE_MS);
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
  project = await makeProject(world.sql);
  own = await makeProject(world.sql);
  const [one, other] = own.vendors;
  const sev1 = { subjectType: "Escalation", kind: "ESCALATION_CONTAIN", severity: "SEV1" } as const;
  const place = { market: own.market, queueId: own.queueId };
  ({ ids } = await start(pool, own, ago(200),
    { ...sev1, ...place, startedAt: ago(60), audience: { isStaffVisible: true, isPartnerVisible: true, vendorId: one!.id, teamId: one!.teamId, labelerId: one!.labelerIds[0]! } },
    { ...sev1, startedAt: ago(200), audience: { isPartnerVisible: true, vendorId: other!.id } },
    { ...sev1, startedAt: ago(250), audience: { isStaffVisible: true, vendorId: one!.id } },
    { ...sev1, startedAt: ago(100), audience: {} },
    { ...sev1, startedAt: ago(100), audience: {} },
    { ...sev1, kind: "ESCALATION_RCA", startedAt: ago(100), audience: { auditorId: null } }));
  await system(ago(50), (verb) => pauseClocks(verb, own.projectId, [ids[3]!], ["ESCALATION_CONTAIN"], "They are asked"));
  await system(ago(40), (verb) => stopClocks(verb, own.projectId, [ids[4]!], ["ESCALATION_CONTAIN"]));
  await system(ago(40), (verb) => voidClocks(verb, own.projectId, [ids[5]!], ["ESCALATION_RCA"]));
  const of = (grant: GrantSpec) => as(grant, own);
  people = {
    lead: await of({ role: "QA_LEAD" }), analyst: await of({ role: "ANALYST" }), auditor: await of({ role: "AUDITOR" }),
    vendor: await of({ role: "VENDOR_MANAGER", vendorId: one!.id }), other: await of({ role: "VENDOR_QA", vendorId: other!.id }),
    team: await of({ role: "VENDOR_QA", vendorId: one!.id, teamId: one!.teamId }),
    labeler: await of({ role: "LABELER", vendorId: one!.id, labelerId: one!.labelerIds[0]! }), peer: await of({ role: "LABELER", vendorId: one!.id, labelerId: one!.labelerIds[1]! }),
    client: await of({ role: "SERVICE", scopes: ["events:read"] }), stranger: await as({ role: "QA_LEAD" }, project),
  };
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

test("the list says how each clock stands, the most urgent first", async () => {
  const { totalCount, nodes } = await list(people.lead!, { projectIds: [projectGid(own)] });
  expect(totalCount).toBe(6);
  const byState = new Map<string, any>(nodes.map((each: any) => [`${each.state} ${Math.round((now - Date.parse(each.startedAt)) / MINUTE_MS)}`, each]));
  expect(byState.get("RUNNING 60")).toMatchObject({
    kind: "ESCALATION_CONTAIN", isBreached: false, isAtRisk: false, openSeconds: 14_400, isAlwaysOpen: true, calendar: null, market: { code: own.market }, queue: { code: "Q1" },
    vendor: { id: globalId("Vendor", own.vendors[0]!.id) }, project: { code: own.projectCode },
  });
  expect(byState.get("RUNNING 60").percentElapsed).toBeCloseTo(25, 0);
  expect(byState.get("RUNNING 200")).toMatchObject({ isAtRisk: true, isBreached: false, breachedAt: null });
  expect(byState.get("RUNNING 250")).toMatchObject({ isBreached: true, breachedAt: byState.get("RUNNING 250").dueAt, percentElapsed: 100, remainingOpenSeconds: 0 });
  expect(byState.get("PAUSED 100")).toMatchObject({ pauseReason: "They are asked", remainingOpenSeconds: 190 * 60, isAtRisk: false });
  expect(byState.get("STOPPED 100")).toMatchObject({ percentElapsed: 25, isAtRisk: false, isBreached: false });
  expect(byState.get("VOID 100")).toMatchObject({ isBreached: false, kind: "ESCALATION_RCA" });
  expect(nodes.map((each: any) => each.dueAt)).toEqual(nodes.map((each: any) => each.dueAt).sort());
  const back = await list(people.lead!, {}, { field: "DUE_AT", direction: "DESC" }, "dueAt");
  expect(back.nodes.map((each: any) => each.dueAt)).toEqual(nodes.map((each: any) => each.dueAt).reverse());
});

test("the list filters", async () => {
  const counts = async (filter: object) => (await list(people.lead!, filter, undefined, "id")).totalCount;
  const vendorIds = [globalId("Vendor", own.vendors[0]!.id)];
  const queueIds = [Buffer.from(`Queue:${own.projectId}:${own.queueId}`).toString("base64url")];
  const found = await Promise.all([
    { kinds: ["ESCALATION_RCA"] }, { states: ["RUNNING"] }, { states: ["PAUSED", "STOPPED"] }, { states: ["VOID"] }, { isBreached: true }, { isBreached: false }, { isAtRisk: true },
    { isAtRisk: false }, { vendorIds }, { markets: [own.market] }, { queueIds }, { dueBefore: ago(0) }, { updatedAfter: ago(45) }, { projectIds: [projectGid(project)] }, { states: [] },
  ].map(counts));
  expect(found).toEqual([1, 3, 2, 1, 1, 5, 2, 4, 2, 1, 1, 1, 2, 0, 0]);
});

test("the list shows everybody what they may see of what clocks are about", async () => {
  const seen = Object.fromEntries(await Promise.all(Object.entries(people).map(async ([name, who]) => [name, (await list(who, { projectIds: [projectGid(own)] }, undefined, "id")).totalCount])));
  expect(seen).toEqual({ lead: 6, analyst: 6, auditor: 2, vendor: 1, other: 1, team: 1, labeler: 1, peer: 0, client: 2, stranger: 0 });
  const [{ id }] = (await list(people.lead!, { states: ["PAUSED"] }, undefined, "id")).nodes;
  const node = async (who: Caller) => (await who.ask("query ($id: ID!) { node(id: $id) { ... on SlaClock { pauseReason state } } }", { id })).node;
  expect(await node(people.analyst!)).toEqual({ pauseReason: null, state: "PAUSED" });
  expect(await node(people.vendor!)).toBeNull();
  const unscoped = await as({ role: "SERVICE", scopes: ["decisions:read"] }, own);
  const { errors } = await unscoped.send("{ slaClocks { totalCount } }");
  expect(errors?.[0]?.message).toContain("events:read");
});

test("the list takes a statement, one for what each level selects, and one for all calendars", async () => {
  const count = async (by: Caller) => {
    world.statements.length = 0;
    await list(by, {}, undefined, FIELDS.replace("version", "version subject { id }"));
    return world.statements.length;
  };
  const few = await count(people.lead!);
  const calendarId = await makeCalendar(world, "UTC", OFFICE);
  await world.sql`update projects set calendar_id = ${calendarId} where id = ${own.projectId}`;
  await start(pool, own, MONDAY, ...Array.from({ length: 20 }, () => ({ kind: "APPEAL_L2" as const })));
  expect(await count(people.lead!)).toBeLessThanOrEqual(few + 2);
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Project { slaClocks(filter: { states: [RUNNING] }) { nodes { percentElapsed } } } } }";
  world.statements.length = 0;
  await people.lead!.ask(query, { ids: [projectGid(own), projectGid(project)] });
  expect(world.statements.length).toBe(3);
});
