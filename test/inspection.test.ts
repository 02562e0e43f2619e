import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject } from "./kit/factories.ts";
import { makeStream, stageLot, streamInput, TERMS } from "./kit/inspection.ts";
import { eventsOf, framed, globalId, makeActivePlan, projectGid, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const OF_TERMS = "terms { acceptanceTable basis aql ltpd producerRisk consumerRisk generalLevel }";

test("a stream begins at NORMAL with an active plan of its own, and says how lots are inspected", async () => {
  const { own, by } = await framed(world, 0);
  const { inspectionStream } = await by.verb(
    "createInspectionStream",
    streamInput(own),
    `inspectionStream { id period level switchingScore startsAt version allowedActions ${OF_TERMS} project { code } vendor { code } queue { code }
      samplingPlan { name state layer purpose rate size isBlind frame { vendorIds queueIds } allowedActions }
      large: acceptancePlan(lotSize: 1000) { level sampleSize acceptanceNumber rejectionNumber isFullInspection producerRisk consumerRisk
        operatingCharacteristic(rates: [0, 0.01, 0.05, 1]) { rate acceptance } }
      small: acceptancePlan(lotSize: 5) { sampleSize isFullInspection } lots { totalCount } }`,
  );
  const { large, samplingPlan, ...stream } = inspectionStream;
  expect(stream).toMatchObject({
    period: "DAY", level: "NORMAL", switchingScore: 0, startsAt: "2026-01-05T00:00:00.000Z", version: 1, allowedActions: ["approveReduced", "formLot"],
    terms: { acceptanceTable: "COMPUTED", basis: "LOT", ...TERMS, producerRisk: 0.05, consumerRisk: 0.1, generalLevel: null },
    project: { code: own.projectCode }, vendor: { code: own.vendors[0]!.code }, queue: { code: "Q1" },
    small: { sampleSize: 5, isFullInspection: true }, lots: { totalCount: 0 },
  });
  expect(large).toMatchObject({ level: "NORMAL", sampleSize: 128, acceptanceNumber: 3, rejectionNumber: 4, isFullInspection: false });
  expect(large.operatingCharacteristic.map((point: { acceptance: number }) => point.acceptance)).toEqual([
    1, expect.closeTo(1 - large.producerRisk, 12), expect.closeTo(large.consumerRisk, 12), 0,
  ]);
  const { vendorId, queueId } = streamInput(own);
  expect(samplingPlan).toMatchObject({
    name: `Lots of ${own.vendors[0]!.code} in Q1`, state: "ACTIVE", layer: "CLIENT", purpose: "RANDOM", rate: null, size: null, isBlind: true,
    frame: { vendorIds: [vendorId], queueIds: [queueId] }, allowedActions: ["pauseSamplingPlan", "archiveSamplingPlan"],
  });
  expect(await eventsOf(world, stream.id)).toEqual(["inspection_stream.normal null>NORMAL"]);
});

test("a week begins on the weekday of the first day, and days lie in the project's zone", async () => {
  const { own, by } = await framed(world, 0);
  await world.sql`update projects set time_zone = 'Asia/Jakarta' where id = ${own.projectId}`;
  const input = streamInput(own, { period: "WEEK", layer: "VENDOR", isBlind: false, terms: { acceptanceTable: "MIL_STD_105E", basis: "STREAM", aql: 0.01 } });
  const { inspectionStream } = await by.verb("createInspectionStream", input, `inspectionStream { startsAt ${OF_TERMS} samplingPlan { layer isBlind } }`);
  expect(inspectionStream).toMatchObject({
    startsAt: "2026-01-04T17:00:00.000Z", terms: { acceptanceTable: "MIL_STD_105E", basis: "STREAM", ltpd: null, generalLevel: "II" },
    samplingPlan: { layer: "VENDOR", isBlind: false },
  });
});

test("streams are refused by field: bad terms, strange places, frames that overlap, a second stream of the same", async () => {
  const { own, by } = await framed(world, 0);
  const other = await makeProject(world.sql);
  const refused = (input: Record<string, unknown>) => by.refused("createInspectionStream", streamInput(own, input));
  expect(await refused({ terms: { aql: 0.05, ltpd: 0.05 } })).toMatchObject({ code: "INVALID_INPUT", path: ["terms", "ltpd"], message: expect.stringContaining("0.05") });
  expect(await refused({ startsOn: "1999-01-01" })).toMatchObject({ code: "INVALID_INPUT", path: ["startsOn"] });
  expect(await refused({ projectId: projectGid(other) })).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  expect(await refused({ queueId: streamInput(other).queueId })).toMatchObject({ code: "NOT_FOUND", path: ["queueId"] });
  expect(await refused({ vendorId: globalId("Vendor", own.queueId) })).toMatchObject({ code: "NOT_FOUND", path: ["vendorId"] });
  const rival = await makeActivePlan({ name: "Daily" }, by, own);
  expect(await refused({})).toMatchObject({ code: "CONFLICT", message: expect.stringMatching(/^OVERLAPPING_FRAME: the active plan "Daily"/) });
  await by.verb("pauseSamplingPlan", { id: rival }, "samplingPlan { id }");
  const id = await makeStream(by, own);
  expect(await refused({ layer: "VENDOR" })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining(`stream ${id}`) });
  expect(await by.refused("resumeSamplingPlan", { id: rival })).toMatchObject({ code: "CONFLICT" });
  expect(await world.sql`select from sampling_plans where project_id = ${own.projectId} and is_for_lots`).toHaveLength(1);
  for (const role of ["AUDITOR", "ADMIN", "ANALYST"] as const) {
    const caller = await world.caller({ role, projectId: role === "ADMIN" ? null : own.projectId });
    expect(await caller.refused("createInspectionStream", streamInput(own))).toMatchObject({ code: "FORBIDDEN" });
  }
});

test("what terms lead to is told to anyone, by a lot's size or for a stream", async () => {
  const labeler = await world.caller({ role: "ANALYST", projectId: (await makeProject(world.sql)).projectId });
  const ask = (args: string, fields = "level sampleSize acceptanceNumber producerRisk consumerRisk") =>
    labeler.send(`{ acceptancePlan(${args}) { ${fields} } }`);
  world.statements.length = 0;
  const stream = await ask(`terms: { aql: 0.01, ltpd: 0.05, basis: STREAM }`);
  expect(stream.data.acceptancePlan).toMatchObject({ level: "NORMAL", sampleSize: 132, acceptanceNumber: 3 });
  expect(stream.data.acceptancePlan.consumerRisk).toBeCloseTo(0.099228, 6);
  expect((await ask(`terms: { aql: 0.01, ltpd: 0.05 }, lotSize: 500, level: TIGHTENED`)).data.acceptancePlan).toMatchObject({ sampleSize: 123, acceptanceNumber: 2 });
  const tables = await ask("terms: { acceptanceTable: MIL_STD_105E, aql: 0.01 }, lotSize: 1000", "sampleSize consumerRisk operatingCharacteristic { rate acceptance }");
  const { operatingCharacteristic: points, ...plan } = tables.data.acceptancePlan;
  expect(plan).toEqual({ sampleSize: 80, consumerRisk: null });
  expect(points).toHaveLength(21);
  expect([points[0], points[20].rate]).toEqual([{ rate: 0, acceptance: 1 }, 0.15]);
  expect(points[20].acceptance).toBeLessThan(0.01);
  expect(world.statements).toEqual([]);
  const refusal = async (args: string, fields?: string) => (await ask(args, fields)).errors![0]!;
  expect((await refusal("terms: { aql: 0.01, ltpd: 0.05 }")).message).toMatch(/^lotSize: null must be/);
  expect((await refusal("terms: { aql: 0.01 }, lotSize: 9")).message).toMatch(/^ltpd: null must be/);
  expect((await refusal("terms: { aql: 0.01, ltpd: 0.05 }, lotSize: 9, level: DISCONTINUED")).message).toMatch(/^level: /);
  expect((await refusal("terms: { aql: 0.01, ltpd: 0.05 }, lotSize: 9", "operatingCharacteristic(rates: [1.5]) { rate }")).message).toBe("rates: 1.5 must be 0 to 1.");
});

const setLevel = (id: string, level: string, score = 0) =>
  world.sql`update inspection_streams set level = ${level}, switching_score = ${score} where id = ${rawId(id)}`;

test("a lead reduces what has earned it, revokes that, and resumes what was discontinued; nothing else moves by hand", async () => {
  const { own, by } = await framed(world, 0);
  const inspectionStreamId = await makeStream(by, own);
  const move = (verb: string, input = {}) => by.verb(verb, { inspectionStreamId, ...input }, "inspectionStream { level switchingScore version allowedActions }");
  await setLevel(inspectionStreamId, "NORMAL", 29);
  expect(await by.refused("approveReduced", { inspectionStreamId })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("score is 29") });
  await setLevel(inspectionStreamId, "NORMAL", 30);
  expect(await by.refused("approveReduced", { inspectionStreamId, expectedVersion: 9 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect((await move("approveReduced", { expectedVersion: 1 })).inspectionStream).toEqual({
    level: "REDUCED", switchingScore: 0, version: 2, allowedActions: ["revokeReduced", "formLot"],
  });
  expect(await by.refused("approveReduced", { inspectionStreamId })).toMatchObject({
    __typename: "InvalidTransitionRefusal",
    message: "approveReduced is not possible while the inspection stream is REDUCED. Possible now: revokeReduced, formLot.",
  });
  expect((await move("revokeReduced")).inspectionStream).toMatchObject({ level: "NORMAL", switchingScore: 0 });
  expect(await by.refused("resumeInspection", { inspectionStreamId, reason: "x" })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  await setLevel(inspectionStreamId, "DISCONTINUED");
  expect(await by.refused("formLot", { inspectionStreamId })).toMatchObject({
    message: "formLot is not possible while the inspection stream is DISCONTINUED. Possible now: resumeInspection.",
  });
  const { node } = await by.ask("query ($id: ID!) { node(id: $id) { ... on InspectionStream { acceptancePlan(lotSize: 10) { level } } } }", { id: inspectionStreamId });
  expect(node.acceptancePlan).toBeNull();
  expect(await by.refused("resumeInspection", { inspectionStreamId, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  expect((await move("resumeInspection", { reason: "Retrained." })).inspectionStream).toMatchObject({ level: "TIGHTENED", allowedActions: ["formLot"] });
  const [{ switching }] = (await world.sql`select switching from inspection_streams where id = ${rawId(inspectionStreamId)}`) as never as [{ switching: Record<string, string> }];
  const today = new Date().toISOString().slice(0, 10);
  expect(switching.nextFrom).toBe(`${today}T00:00:00.000Z`);
  expect(new Date(switching.enteredAt!).getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect((await eventsOf(world, inspectionStreamId)).slice(1)).toEqual([
    "inspection_stream.reduced NORMAL>REDUCED", "inspection_stream.normal REDUCED>NORMAL", "inspection_stream.tightened DISCONTINUED>TIGHTENED",
  ]);
  const auditor = await world.caller({ role: "AUDITOR", projectId: own.projectId });
  expect(await auditor.refused("revokeReduced", { inspectionStreamId })).toMatchObject({ code: "FORBIDDEN" });
});

test("by the tables nothing is reduced, whatever the score", async () => {
  const { own, by } = await framed(world, 0);
  const inspectionStreamId = await makeStream(by, own, { terms: { acceptanceTable: "MIL_STD_105E", aql: 0.01 } });
  await setLevel(inspectionStreamId, "NORMAL", 30);
  expect(await by.refused("approveReduced", { inspectionStreamId })).toMatchObject({ code: "CONFLICT", message: expect.stringMatching(/^MIL_STD_105E: only its tables/) });
});

const LOT = `id level lotSize sampleSize acceptanceNumber rejectionNumber verdict judgedAt windowFrom windowTo vendor { code } queue { code } stream { level }
  run { seed } project { code } operatingCharacteristic(rates: [0]) { acceptance }`;

test("streams and lots are listed by vendor, queue, level, verdict and period, in one statement a level; partners have their lots alone", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  const [first, second] = [await stageLot(world, own, stream, { day: 5 }), await stageLot(world, own, stream, { day: 6, level: "TIGHTENED" })];
  await world.sql`update lots set verdict = 'REJECTED', judged_at = now(), defect_count = 2, audited_count = 3 where id = ${second}`;
  const [mine, theirs] = own.vendors.map((vendor) => globalId("Vendor", vendor.id)) as [string, string];
  world.statements.length = 0;
  const { inspectionStreams, lots } = await by.ask(`{
    inspectionStreams(filter: { vendorIds: ["${mine}"], levels: [NORMAL] }) { totalCount nodes { id vendor { code } samplingPlan { name } lots { nodes { ${LOT} } } } }
    lots(orderBy: { field: WINDOW_FROM, direction: DESC }) { nodes { ${LOT} } } }`);
  expect(world.statements.length).toBe(4);
  expect(inspectionStreams).toMatchObject({ totalCount: 1, nodes: [{ id: stream, lots: { nodes: [{ level: "NORMAL" }, { level: "TIGHTENED" }] } }] });
  expect(lots.nodes).toMatchObject([{ verdict: "REJECTED", level: "TIGHTENED", windowFrom: "2026-01-06T00:00:00.000Z" }, {
    level: "NORMAL", lotSize: 1_000, sampleSize: 5, acceptanceNumber: 1, rejectionNumber: 2, verdict: null, judgedAt: null, queue: { code: "Q1" },
    stream: { level: "NORMAL" }, run: { seed: "s" }, operatingCharacteristic: [{ acceptance: 1 }],
  }]);
  const found = async (filter: string, caller = by) => {
    const { lots: list } = await caller.ask(`{ lots(filter: { ${filter} }) { nodes { id } } }`);
    return list.nodes.map(({ id }: { id: string }) => [first, second].indexOf(rawId(id)));
  };
  expect(await found("isOpen: true")).toEqual([0]);
  expect(await found("isOpen: false")).toEqual([1]);
  expect(await found("verdicts: [REJECTED]")).toEqual([1]);
  expect(await found("levels: [TIGHTENED, REDUCED]")).toEqual([1]);
  expect(await found(`vendorIds: ["${theirs}"]`)).toEqual([]);
  expect(await found(`queueIds: ["${streamInput(own).queueId}"]`)).toEqual([0, 1]);
  expect(await found('windowFrom: "2026-01-05T00:00:00Z", windowTo: "2026-01-06T00:00:00Z"')).toEqual([0]);
  expect(await found(`updatedAfter: "${new Date(Date.now() + 60_000).toISOString()}"`)).toEqual([]);
  const partnerOf = (index: number) => world.caller({ role: "VENDOR_MANAGER", projectId: own.projectId, vendorId: own.vendors[index]!.id });
  const partner = await partnerOf(0);
  const seen = await partner.ask(`{ inspectionStreams { totalCount } lots { totalCount nodes { ${LOT} } } }`);
  expect(seen).toMatchObject({ inspectionStreams: { totalCount: 0 }, lots: { totalCount: 2, nodes: [{ stream: null, run: null, lotSize: 1_000 }, {}] } });
  expect(await found("", await partnerOf(1))).toEqual([]);
  expect(await found("", await world.caller({ role: "AUDITOR", projectId: own.projectId }))).toEqual([]);
});
