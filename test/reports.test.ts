import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRun } from "./kit/audits.ts";
import { makeProject } from "./kit/factories.ts";
import { close, makeReport, MONTH, publishedAudits, snapshotsOf, verify, WEEK } from "./kit/periods.ts";
import { eventsOf, globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const FIELDS = "id name kinds audience query isArchived version project { code }";
const lead = (projectId: string) => world.caller({ role: "QA_LEAD", projectId });

test("a report is a saved question of metrics, by name and audience, and changes from the next closing on", async () => {
  const own = await makeProject(world.sql);
  const by = await lead(own.projectId);
  const filter = { vendorIds: [globalId("Vendor", own.vendors[0]!.id)], markets: [own.market] };
  const query = { measures: ["ACCURACY", "ERROR_RATE"], groupBy: ["VENDOR"], filter };
  const { reportDefinition } = await by.verb("createReportDefinition", { projectId: projectGid(own), name: " Weekly ", query }, `reportDefinition { ${FIELDS} }`);
  expect(reportDefinition).toMatchObject({
    name: "Weekly", kinds: ["WEEK", "MONTH"], audience: "STAFF", isArchived: false, version: 1, project: { code: own.projectCode },
    query: {
      ...query, layer: "CLIENT", purposes: ["RANDOM", "RISK"], score: "CURRENT", basis: "POPULATION", timeAxis: "DECIDED_AT", includeProcessErrors: false, orderBy: [],
    },
  });
  const { id } = reportDefinition;
  const change = async (input: object) => (await by.verb("changeReportDefinition", { id, ...input }, `reportDefinition { ${FIELDS} }`)).reportDefinition;
  expect(await change({ name: "Of the month", kinds: ["MONTH"], expectedVersion: 1 })).toMatchObject({ name: "Of the month", kinds: ["MONTH"], version: 2, query: reportDefinition.query });
  expect(await change({ query: { measures: ["ERROR_RATE"], score: "AS_AUDITED" } })).toMatchObject({ query: { measures: ["ERROR_RATE"], groupBy: [], score: "AS_AUDITED" } });
  expect(await by.refused("changeReportDefinition", { id, name: "x", expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  await by.verb("archiveReportDefinition", { id }, "reportDefinition { isArchived }");
  for (const [verb, input] of [["changeReportDefinition", { name: "x" }], ["archiveReportDefinition", {}]] as const) {
    expect(await by.refused(verb, { id, ...input })).toMatchObject({ code: "CONFLICT" });
  }
  expect(await eventsOf(world, id)).toEqual(["report_definition.created", ...Array(2).fill("report_definition.changed"), "report_definition.archived"].map((type) => `${type} null>null`));
  const list = await by.ask(`{ reportDefinitions(filter: { isArchived: true, kinds: [MONTH], audiences: [STAFF] }, orderBy: { field: NAME }) { totalCount nodes { id } } }`);
  expect(list.reportDefinitions).toEqual({ totalCount: 1, nodes: [{ id }] });
});

test("what metrics refuses is refused when a report is defined, with what can't be computed again, and what partners may not ask", async () => {
  const [own, other] = [await makeProject(world.sql), await makeProject(world.sql)];
  const by = await lead(own.projectId);
  const refused = (query: object, input: object = {}) =>
    by.refused("createReportDefinition", { projectId: projectGid(own), name: "R", query: { measures: ["ACCURACY"], ...query }, ...input });
  const queueIds = [Buffer.from(`Queue:${other.projectId}:${other.queueId}`).toString("base64url")];
  expect(await refused({ score: "FINAL" })).toMatchObject({ code: "INVALID_INPUT", path: ["query", "score"], message: expect.stringContaining("CURRENT or AS_AUDITED") });
  const having = [{ measure: "ACCURACY", lte: 0.9 }, { measure: "ACCURACY", gte: 0.5, targetStatuses: ["BELOW"] }];
  expect(await refused({ having })).toMatchObject({ code: "INVALID_INPUT", path: ["query", "having", "1", "targetStatuses"], message: expect.stringContaining("take gte or lte") });
  for (const compareTo of [{ target: true }, { range: { last: { unit: "WEEK", n: 1 } } }]) {
    expect(await refused({ compareTo })).toMatchObject({ code: "INVALID_INPUT", path: ["query", "compareTo", Object.keys(compareTo)[0]], message: expect.stringContaining("take previous") });
  }
  expect(await refused({ compareTo: { previous: true }, groupBy: ["WEEK"] })).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("no counterpart") });
  expect(await refused({ measures: [] })).toMatchObject({ code: "INVALID_INPUT", path: ["measures"] });
  expect(await refused({ groupBy: ["DAY", "DAY"] })).toMatchObject({ code: "INVALID_INPUT", path: ["groupBy"] });
  expect(await refused({ purposes: ["RANDOM", "TARGETED"] })).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("MIXED_PURPOSES") });
  expect(await refused({ orderBy: [{ dimension: "DAY" }] })).toMatchObject({ code: "INVALID_INPUT", path: ["orderBy"] });
  expect(await refused({ filter: { queueIds } })).toMatchObject({ code: "INVALID_INPUT", path: ["filter", "queueIds"] });
  expect(await refused({ filter: { vendorIds: queueIds } })).toMatchObject({ code: "INVALID_INPUT", path: ["query", "filter", "vendorIds"] });
  expect(await refused({}, { kinds: [] })).toMatchObject({ code: "INVALID_INPUT", path: ["kinds"] });
  expect(await refused({}, { kinds: ["WEEK", "WEEK"] })).toMatchObject({ code: "INVALID_INPUT", path: ["kinds"] });
  expect(await refused({}, { name: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["name"] });
  expect(await refused({}, { projectId: projectGid(other) })).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  for (const query of [{ groupBy: ["AUDITOR"] }, { measures: ["GOLDEN_ACCURACY"] }, { purposes: ["RAMP"] }]) {
    expect(await refused(query, { audience: "PARTNER" }), JSON.stringify(query)).toMatchObject({ code: "FORBIDDEN", path: ["query"] });
    const id = await makeReport(by, projectGid(own), query);
    expect(await by.refused("changeReportDefinition", { id, audience: "PARTNER" })).toMatchObject({ code: "FORBIDDEN" });
  }
  for (const role of ["AUDITOR", "ANALYST", "POLICY_MANAGER"] as const) {
    const person = await world.caller({ role, projectId: own.projectId });
    expect(await person.refused("createReportDefinition", { projectId: projectGid(own), name: "R", query: { measures: ["ACCURACY"] } })).toMatchObject({ code: "FORBIDDEN" });
  }
});

const ask = async (by: Caller, projectId: string, args: string) => (await by.ask(`query ($projects: [ID!]!) { metrics(projects: $projects, measures: [ACCURACY, ERROR_RATE],
  totals: true, ${args}) { rows { vendor { id code } day values { measure value numerator denominator n interval { low high level method } weighted suppressed reason } }
  totals { values { measure value n } } } }`, { projects: [projectId] })).metrics;

test("a closing freezes what metrics says of its days, as of the closing, with the codes of what it names, in canonical bytes", async () => {
  const project = await publishedAudits(world, [{}, { isCorrect: false }, { decidedAt: new Date("2026-01-12T00:00:00Z") }]);
  const { lead: by, projectId, project: own } = project;
  const query = { measures: ["ACCURACY", "ERROR_RATE"], groupBy: ["VENDOR", "DAY"] };
  const [both, weekly, archived] = [await makeReport(by, projectId, query), await makeReport(by, projectId, {}, { kinds: ["WEEK"] }), await makeReport(by, projectId)];
  await by.verb("archiveReportDefinition", { id: archived }, "reportDefinition { id }");
  const period = await close(by, projectId);
  await close(by, projectId, MONTH);
  const [week, month, ...none] = await snapshotsOf(by, both);
  expect(none).toEqual([]);
  expect([week.period.kind, month.period.kind]).toEqual(["WEEK", "MONTH"]);
  expect(await snapshotsOf(by, archived)).toEqual([]);
  expect((await snapshotsOf(by, weekly)).map((each) => each.period.kind)).toEqual(["WEEK"]);
  expect(await snapshotsOf(by, period.id)).toHaveLength(2);
  expect(week).toMatchObject({
    closing: 1, audience: "STAFF", asOf: period.closedAt, scoreTime: "CURRENT", vendor: null, definition: { name: "Accuracy" },
    query: { ...query, project: projectId, range: { from: "2026-01-05", to: "2026-01-12", timeZone: "UTC", weekStart: 0 }, asOf: period.closedAt },
  });
  const answer = await ask(by, projectId, `groupBy: [VENDOR, DAY], range: { from: "2026-01-05", to: "2026-01-12" }, asOf: "${period.closedAt}"`);
  expect(week.data.rows).toEqual(answer.rows.map((row: any) => ({ keys: { VENDOR: { id: row.vendor.id, value: row.vendor.code }, DAY: { value: row.day } }, values: row.values })));
  expect(week.data).toMatchObject({
    project: { id: projectId, value: own.projectCode }, vendor: null, hasMoreRows: false, totals: [{ measure: "ACCURACY", value: 0.5, n: 2 }, { value: 0.5 }],
  });
  expect(month.data.totals[0].n).toBe(3);
  const { createHash } = await import("node:crypto");
  expect(week.dataHash).toBe(createHash("sha256").update(week.text, "utf8").digest("hex"));
  const sorted = (value: any): any => (Array.isArray(value) ? value.map(sorted)
    : value && typeof value === "object" ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value);
  expect(week.text).toBe(JSON.stringify(sorted(week.data)));
});

test("a report may be set against the period before, and both are frozen", async () => {
  const before = (day: number) => ({ decidedAt: new Date(Date.UTC(2025, 11, day, 8)) });
  const { lead: by, projectId, project } = await publishedAudits(world, [{}, { isCorrect: false }, before(29), before(30), { ...before(31), isCorrect: false }, before(28)]);
  const compared = await makeReport(by, projectId, { groupBy: ["VENDOR"], compareTo: { previous: true } });
  const plain = await makeReport(by, projectId, { groupBy: ["VENDOR"] });
  await close(by, projectId);
  const [[snapshot], [alone]] = [await snapshotsOf(by, compared), await snapshotsOf(by, plain)];
  const [value] = snapshot.data.totals;
  expect(value).toMatchObject({ value: 0.5, n: 2, comparison: { value: 2 / 3, n: 3, isSignificant: false, reason: null, differenceInterval: { method: "MOVER_DIFFERENCE", level: 0.95 } } });
  expect(value.comparison.difference).toBeCloseTo(-1 / 6, 12);
  expect(snapshot.data.rows).toEqual([{ keys: { VENDOR: { id: globalId("Vendor", project.vendors[0]!.id), value: project.vendors[0]!.code } }, values: [value] }]);
  const { comparison: _, ...rest } = value;
  expect(alone.data.totals).toEqual([rest]);
  await world.sql`update audits set state = 'VOIDED', updated_at = now(), void_reason = 'r' where project_id = ${project.projectId} and decided_at < '2026-01-01'`;
  expect(await verify(by, snapshot.id)).toMatchObject({ isIntact: true, isReproduced: true });
});

test("partners see the reports for them, answered of their own rows, and nobody else's; others what they may ask for", async () => {
  const of = await publishedAudits(world, [{}, { isCorrect: false }]);
  const { lead: by, projectId, project, manager, quality, labeler } = of;
  const [mine, theirs] = project.vendors;
  const run = await makeRun(world.sql, project);
  const { makeAudits } = await import("./kit/audits.ts");
  await makeAudits(world.sql, project, [{ run, vendor: theirs!, labelerId: theirs!.labelerIds[0]!, isCorrect: false }]);
  const partner = await makeReport(by, projectId, { measures: ["ACCURACY", "ERROR_RATE"], groupBy: ["VENDOR"], filter: { vendorIds: project.vendors.map(({ id }) => globalId("Vendor", id)) } }, { audience: "PARTNER" });
  const people = await makeReport(by, projectId, { groupBy: ["LABELER"] }, { audience: "PARTNER" });
  const staff = await makeReport(by, projectId);
  const golden = await makeReport(by, projectId, { measures: ["GOLDEN_ACCURACY"] });
  const period = await close(by, projectId, WEEK, "id closedAt");
  expect((await snapshotsOf(by, partner)).map(({ vendor }) => vendor?.code ?? null).sort()).toEqual([mine!.code, null, theirs!.code].sort());
  for (const one of [manager, quality]) {
    const [snapshot, ...none] = await snapshotsOf(one, partner);
    expect(none).toEqual([]);
    expect(snapshot).toMatchObject({ audience: "PARTNER", vendor: { code: mine!.code }, query: null, definition: { name: "Accuracy" }, data: { vendor: { value: mine!.code } } });
    expect(JSON.stringify(snapshot)).not.toContain(theirs!.code);
    expect(JSON.stringify(snapshot)).not.toContain(globalId("Vendor", theirs!.id));
    const answer = await ask(one, projectId, `groupBy: [VENDOR], range: { from: "2026-01-05", to: "2026-01-12" }, asOf: "${period.closedAt}"`);
    expect(snapshot.data.rows.map(({ values }: any) => values)).toEqual(answer.rows.map(({ values }: any) => values));
    expect(await snapshotsOf(one, staff)).toEqual([]);
    expect(await snapshotsOf(one, period.id)).toHaveLength(2);
    const definitions = await one.ask("{ reportDefinitions { nodes { query audience } } }");
    expect(definitions.reportDefinitions.nodes).toEqual(Array(2).fill({ query: null, audience: "PARTNER" }));
  }
  const [ofTheirs] = (await snapshotsOf(by, partner)).filter(({ vendor }) => vendor?.code === theirs!.code);
  expect((await manager.ask("query ($id: ID!) { node(id: $id) { id } }", { id: ofTheirs.id })).node).toBeNull();
  expect((await manager.send("query ($id: ID!) { verifyReportSnapshot(id: $id) { isIntact } }", { id: ofTheirs.id })).errors?.[0]?.extensions?.code).toBe("NOT_FOUND");
  expect(await snapshotsOf(labeler, partner)).toEqual([]);
  expect((await labeler.ask("{ reportDefinitions { totalCount } }")).reportDefinitions.totalCount).toBe(0);

  const team = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: mine!.id, teamId: mine!.teamId });
  expect((await snapshotsOf(team, people)).map(({ data, text }) => [data, text])).toEqual([[null, null]]);
  expect((await snapshotsOf(team, partner))[0].data).not.toBeNull();
  const [ofPeople] = await snapshotsOf(manager, people);
  const [{ pseudonym }] = (await world.sql`select pseudonym from labelers where id = ${mine!.labelerIds[0]!}`) as any;
  expect(ofPeople.data.rows.map(({ keys }: any) => keys.LABELER.value)).toEqual([pseudonym]);
  const caller = (role: "POLICY_MANAGER" | "AUDITOR" | "ANALYST") => world.caller({ role, projectId: project.projectId });
  const isShown = async (by: Caller, id: string) => (await snapshotsOf(by, id, { isOfVendor: false }))[0].data !== null;
  expect(await isShown(await caller("POLICY_MANAGER"), people)).toBe(false);
  expect(await isShown(await caller("POLICY_MANAGER"), golden)).toBe(true);
  expect(await isShown(await caller("AUDITOR"), golden)).toBe(false);
  expect(await isShown(await caller("AUDITOR"), people)).toBe(true);
  expect(await isShown(await caller("ANALYST"), golden)).toBe(true);
});

test("reports and snapshots are read in as many statements for one as for many, and frozen in as many a question", async () => {
  const { lead: by, projectId } = await publishedAudits(world, [{}]);
  const ids = [await makeReport(by, projectId), await makeReport(by, projectId, {}, { audience: "PARTNER" })];
  world.statements.length = 0;
  const period = await close(by, projectId);
  const count = world.statements.filter((text) => !text.includes("writersOf")).length;
  await close(by, projectId, MONTH);
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ReportDefinition { snapshots { totalCount nodes { data vendor { code } period { from } } } } } }";
  const statements = async (asked: string[]) => {
    world.statements.length = 0;
    await by.ask(query, { ids: asked });
    return world.statements.length;
  };
  expect(await statements(ids.slice(0, 1))).toBe(3);
  expect(await statements(ids)).toBe(3);
  expect(await snapshotsOf(by, period.id)).toHaveLength(3);
  expect(count).toBeLessThan(45);
});
