import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { resolveDoubles } from "../src/doubles/service.ts";
import { askAgreement, inProjectAs, label, labeled, type Name } from "./kit/agreement.ts";
import { makeGoldenItem } from "./kit/audits.ts";
import { advance, makeCalibration, onSession } from "./kit/calibrations.ts";
import { makeLabeler } from "./kit/factories.ts";
import { claim, globalId, lock, makeSamples, projectGid, rawId, some, submit } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const CONTENTS: Record<string, (Name | null)[]> = { a: ["hate", "hate", "hate"], b: ["hate", "spam"], c: ["NV", "NV", "spam", "NV"], d: ["NV"] };
const SHARES = "items ratings raters categories ratersPerItem { raters items } prevalence { policy { id } share ratings }";

describe("labels", () => {
  test("agree as the definitions have it; of each labeler the first on a content counts", async () => {
    const { project, code, labelerIds, lead } = await labeled(world, CONTENTS);
    await label(world, project, labelerIds, { a: ["NV", "NV"] }, { decidedAt: new Date("2026-01-09T00:00:00Z") });
    const found = await askAgreement(lead, code, "source: LABELS", `${SHARES} percentAgreement { value items reason interval { low high level } } gwetAc1 { value observed expected }
      fleissKappa { value items raters } krippendorffAlpha { value items } cohenKappa { value } asOf`);
    expect(found).toMatchObject({
      // The scheme is the project's four leaves, one of which nobody chose.
      items: 4, ratings: 10, raters: 4, categories: 4, cohenKappa: null,
      ratersPerItem: [{ raters: 1, items: 1 }, { raters: 2, items: 1 }, { raters: 3, items: 1 }, { raters: 4, items: 1 }],
      // 1, 0 and 3 of 6 pairs; of equally common numbers of raters the largest.
      percentAgreement: { value: 0.5, items: 3, reason: null, interval: { level: 0.95 } }, fleissKappa: { items: 1, raters: 4 }, krippendorffAlpha: { items: 3 },
    });
    const shares = new Map(found.prevalence.map(({ policy, ...rest }: any) => [rawId(policy.id), rest]));
    expect(shares).toEqual(new Map([
      [project.policies.hate, { share: 1.5 / 4, ratings: 4 }], [project.policies.spam, { share: 0.75 / 4, ratings: 2 }], [project.policies.NV, { share: 1.75 / 4, ratings: 4 }],
    ]));
    const { gwetAc1 } = found;
    expect(gwetAc1.value).toBeCloseTo((0.5 - gwetAc1.expected) / (1 - gwetAc1.expected), 12);
    expect((await askAgreement(lead, projectGid(project), "source: LABELS, categories: 9", "categories gwetAc1 { expected }"))).toEqual({ categories: 9, gwetAc1: { expected: expect.closeTo((gwetAc1.expected * 3) / 8, 12) } });
    const later = await askAgreement(lead, code, 'source: LABELS, range: { from: "2026-01-09", to: "2026-01-10" }', "items ratings percentAgreement { value reason }");
    expect(later).toEqual({ items: 1, ratings: 2, percentAgreement: { value: 1, reason: null } });
    expect(await askAgreement(lead, code, 'source: LABELS, range: { from: "2026-01-10", to: "2026-01-11" }', "items percentAgreement { value reason } prevalence { share } categories"))
      .toEqual({ items: 0, percentAgreement: { value: null, reason: "NO_DATA" }, prevalence: [], categories: 4 });
    expect((await askAgreement(lead, code, `source: LABELS, filter: { vendorIds: ["${globalId("Vendor", project.vendors[1]!.id)}"] }`, "items raters"))).toEqual({ items: 2, raters: 2 });
  });

  test("of each policy against all others", async () => {
    const { code, project, lead } = await labeled(world, CONTENTS);
    const { byPolicy } = await askAgreement(lead, code, "source: LABELS", "byPolicy { policy { id } percentAgreement { value } gwetAc1 { value } krippendorffAlpha { value reason } cohenKappa { value } }");
    const of = (id: string) => byPolicy.find(({ policy }: any) => rawId(policy.id) === id);
    expect([of(project.policies.hate).percentAgreement.value, of(project.policies.spam).percentAgreement.value]).toEqual([2 / 3, 0.5]);
    expect(of(project.policies.hate).cohenKappa).toBeNull();
  });

  test("by two labelers, on at least 20 items, most first", async () => {
    const contents = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`c${i}`, [i < 10 ? "hate" : "NV", i < 8 ? "hate" : "NV", i < 21 ? "NV" : null, i < 19 ? "NV" : null] as (Name | null)[]]));
    const { code, labelerIds, lead } = await labeled(world, contents);
    const { pairs } = await askAgreement(lead, code, "source: LABELS", "pairs { items one { labeler { id } principal { id } } other { labeler { id } } cohenKappa { value observed expected reason } linear: cohenKappa(weights: LINEAR) { reason } }");
    const names = pairs.map(({ one, other, items }: any) => [[one, other].map(({ labeler }) => labelerIds.indexOf(rawId(labeler.id))).sort().join(" "), items]);
    expect(names[0]).toEqual(["0 1", 25]);
    expect(names.slice(1).sort()).toEqual([["0 2", 21], ["1 2", 21]]);
    // Both hate on 8, one of them alone on 2.
    const [pe, po] = [(10 * 8 + 15 * 17) / 625, 23 / 25];
    expect(pairs[0].cohenKappa).toMatchObject({ observed: po, expected: pe, reason: null });
    expect(pairs[0].cohenKappa.value).toBeCloseTo((po - pe) / (1 - pe), 12);
    expect(pairs[0].linear.reason).toBe("NO_ORDER");
    expect(pairs[0].one.principal).toBeNull();
    expect((await askAgreement(lead, code, "source: LABELS", "pairs(first: 1) { items }")).pairs).toEqual([{ items: 25 }]);
  });

  test("beside most of the others: an item where these differ evenly says nothing of a labeler", async () => {
    const { code, project, labelerIds, lead } = await labeled(world, { a: ["hate", "hate", "hate", "spam"], b: ["hate", "NV"], c: ["NV", "spam", "NV"], d: ["NV"] });
    const { raterLeans } = await askAgreement(lead, code, "source: LABELS", "raterLeans { rater { labeler { id } } items agreed agreement byPolicy { policy { id } bias } }");
    const of = (place: number) => raterLeans.find(({ rater }: any) => rawId(rater.labeler.id) === labelerIds[place]);
    // On c, the others of the first differ: one spam, one NV.
    expect([of(0).items, of(0).agreed]).toEqual([2, 1]);
    expect([of(1).items, of(1).agreed]).toEqual([3, 1]);
    expect([of(3).items, of(3).agreed, of(3).agreement]).toEqual([1, 0, 0]);
    const lean = new Map(of(3).byPolicy.map(({ policy, bias }: any) => [rawId(policy.id), bias]));
    expect(lean).toEqual(new Map([[project.policies.spam, 1], [project.policies.hate, -1], [project.policies.NV, 0]]));
  });

  test("their majority against golden items that were active then; ties are left out", async () => {
    const { code, project, lead } = await labeled(world, { a: ["hate", "hate", "NV"], b: ["hate", "spam"], c: ["NV", "NV"], d: ["spam"], e: ["spam"] });
    const golden = (contentRef: string, name: Name, rest = {}) => makeGoldenItem(world.sql, project, { contentRef, truthPolicyId: project.policies[name], ...rest });
    await golden("a", "hate");
    await golden("b", "hate");
    await golden("c", "hate");
    await golden("e", "spam", { activeFrom: "2026-02-01T00:00:00Z" });
    const fields = "majorityVote { items ties graded correct accuracy }";
    expect((await askAgreement(lead, code, "source: LABELS", fields)).majorityVote).toEqual({ items: 5, ties: 1, graded: 2, correct: 1, accuracy: 0.5 });
    const partner = await inProjectAs(world, project, { role: "VENDOR_MANAGER", vendorId: project.vendors[0]!.id });
    expect((await askAgreement(partner, code, "source: LABELS", fields)).majorityVote).toMatchObject({ ties: 1, graded: null, correct: null, accuracy: null });
  });
});

test("a labeler's first decision against the second on the same content", async () => {
  const { project, code, labelerIds, lead } = await labeled(world, { a: ["hate", "NV"], b: ["hate"], c: ["NV"] });
  const again = (labels: Record<string, Name[]>, day: string) => label(world, project, labelerIds, labels, { decidedAt: new Date(`${day}T00:00:00Z`) });
  await again({ a: ["hate", "hate"], b: ["NV"] }, "2026-01-09");
  await again({ a: ["spam"] }, "2026-01-10");
  const found = await askAgreement(lead, code, "source: REPEATS", "items ratings percentAgreement { value items } cohenKappa { value observed expected } pairs { items } raterLeans { items } majorityVote { items } byPolicy { cohenKappa { value } }");
  // hate hate, NV hate, hate NV: by chance 2/3 2/3 + 1/3 1/3.
  expect(found).toMatchObject({ items: 3, ratings: 6, percentAgreement: { items: 3 }, pairs: null, raterLeans: null, majorityVote: null });
  expect(found.cohenKappa.observed).toBeCloseTo(1 / 3, 12);
  expect(found.cohenKappa.expected).toBeCloseTo(5 / 9, 12);
  expect(found.byPolicy[0].cohenKappa.value).toBeCloseTo(found.cohenKappa.value, 12);
});

test("two auditors by what each said first, whatever was decided between them", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(4), { doubleAuditRate: 1 });
  const second = await inProjectAs(world, project, { role: "AUDITOR" });
  const truth = (name: string) => (name === "NV" ? { policyCode: "NV" } : { policyId: globalId("Policy", project.policies.hate) });
  const firsts = await claim(auditor, projectId, "id", { count: 4 });
  const judge = async (by: Caller, id: string, name: string) => {
    await lock(by, id, truth(name));
    await submit(by, id);
  };
  for (const [i, { id }] of firsts.entries()) await judge(auditor, id, i === 0 ? "NV" : "hate");
  const { audits } = await second.verb("claimSecondAudit", { projectId, count: 4 }, "audits { id }");
  for (const [i, { id }] of audits.entries()) if (i < 3) await judge(second, id, i === 1 ? "NV" : "hate");
  await write(pool, WORKER, (db) => resolveDoubles(db, new Date()), { timeoutMs: 5_000 });
  const args = "source: DOUBLE_AUDITS";
  const fields = "items raters percentAgreement { value } cohenKappa { value observed expected } raterLeans { items } pairs { items }";
  expect(await askAgreement(lead, project.projectCode, args, "items")).toEqual({ items: 1 });
  const judgeBetween = await inProjectAs(world, project, { role: "AUDITOR", canAdjudicate: true });
  const disputed = await world.sql`select id from audits where state = 'ADJUDICATION' and project_id = ${project.projectId}`;
  for (const { id } of disputed) {
    const auditId = firsts.find((each) => rawId(each.id) === id)!.id;
    await judgeBetween.verb("adjudicateAudit", { auditId, truth: truth("hate"), explanation: "It is." }, "audit { state }");
  }
  // NV hate, hate NV, hate hate: what was adjudicated plays no part.
  const found = await askAgreement(lead, project.projectCode, args, fields);
  expect(found).toMatchObject({ items: 3, raters: 2, raterLeans: null, pairs: [] });
  expect(found.percentAgreement.value).toBeCloseTo(1 / 3, 12);
  expect(found.cohenKappa.value).toBeCloseTo(-0.5, 12);
  expect(await askAgreement(await inProjectAs(world, project, { role: "AUDITOR" }), project.projectCode, args, "items")).toEqual({ items: 0 });
});

describe("calibrations", () => {
  test("agree by their votes, once voting is over, for who sees them all; one alone, or those of a range", async () => {
    const session = await makeCalibration(world);
    const { project, lead, facilitator, vendorQa, id } = session;
    const code = project.projectCode;
    const items = (by: Caller, more = "") => askAgreement(by, code, `source: CALIBRATION${more}`, "items").then(({ items: n }) => n);
    await advance(session, "OPEN");
    expect(await items(lead)).toBe(0);
    await onSession(facilitator, "closeCalibration", id);
    expect([await items(lead), await items(facilitator)]).toEqual([3, 0]);
    await onSession(facilitator, "startDiscussion", id);
    expect([await items(lead), await items(facilitator)]).toEqual([3, 3]);
    expect(await items(lead, `, calibrationSessionId: "${id}"`)).toBe(3);
    expect(await items(lead, ', range: { from: "2026-01-01", to: "2026-01-02" }')).toBe(0);
    expect(await items(lead, `, filter: { markets: ["${project.market}"] }`)).toBe(1);
    const frozen = "agreement { items raters categories percentAgreement { value } fleissKappa { value raters } krippendorffAlpha { value } gwetAc1 { value } krippendorffAlphaOrdinal { value } }";
    const read = async (by: Caller) => (await by.ask(`query ($id: ID!) { node(id: $id) { ... on CalibrationSession { ${frozen} } } }`, { id })).node.agreement;
    // hate hate hate, and twice hate spam NV.
    expect(await read(lead)).toMatchObject({ items: 3, raters: 3, categories: 4, percentAgreement: { value: 1 / 3 }, fleissKappa: { raters: 3 }, krippendorffAlphaOrdinal: null });
    expect(await read(vendorQa)).toBeNull();
    const now = await askAgreement(lead, code, "source: CALIBRATION, categories: 4", "percentAgreement { value } fleissKappa { value raters } krippendorffAlpha { value } gwetAc1 { value }");
    expect(await read(lead)).toMatchObject(now);
  });

  test("each rater beside the consensus, also one that nobody voted for", async () => {
    const session = await makeCalibration(world, 1);
    const { project, lead, facilitator, auditor, id, itemIds, policies } = session;
    await advance(session, "DISCUSSION");
    await onSession(facilitator, "setConsensus", id, { items: [{ itemId: itemIds[0], policyId: policies.spam }] });
    const { raterLeans } = await askAgreement(lead, project.projectCode, "source: CALIBRATION", "raterLeans { rater { principal { id } labeler { id } } items agreed byPolicy { bias } }");
    expect(raterLeans).toHaveLength(3);
    expect(raterLeans[0]).toMatchObject({ items: 1, agreed: 0, rater: { labeler: null } });
    expect(raterLeans.map(({ rater }: any) => rater.principal.id)).toContain(globalId("Principal", auditor.principalId));
    expect(raterLeans[0].byPolicy.map(({ bias }: any) => bias).sort()).toEqual([-1, 1]);
  });
});

test("everything of an answer takes as many statements however many labelers and policies there are", async () => {
  const { project, code, labelerIds, one, lead } = await labeled(world, CONTENTS);
  const query = `{ agreement(project: "${code}", source: LABELS) { ${SHARES} percentAgreement { value } byPolicy { policy { code } gwetAc1 { value } }
    pairs { one { labeler { id } } other { labeler { id } } cohenKappa { value } } raterLeans { rater { labeler { id } } byPolicy { policy { code } } } majorityVote { ties } } }`;
  // Policies and labelers of fields that are ready at the same moment are loaded together, so their number may differ by one or two.
  const statements = async () => {
    world.statements.length = 0;
    await lead.ask(query);
    return world.statements.filter((text) => !/^begin|^commit/.test(text)).length;
  };
  for (let i = 0; i < 22; i += 1) await label(world, project, labelerIds, { [`x${i}`]: ["NV", "NV"] });
  expect(await statements()).toBeLessThanOrEqual(10);
  const more = await Promise.all([1, 2, 3].map(() => makeLabeler(world.sql, one)));
  for (let i = 0; i < 22; i += 1) await label(world, project, more, { [`x${i}`]: ["spam", "hate", "NV"] });
  expect(await statements()).toBeLessThanOrEqual(10);
});
