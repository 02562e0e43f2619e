import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { pick, randomOf } from "../src/stats/random.ts";
import { openPool } from "./kit/events.ts";
import type { ProjectFixture } from "./kit/factories.ts";
import { makeMixed } from "./kit/paths.ts";
import { globalId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 4);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const FIELDS: Record<string, string> = {
  PROJECT: "project { code }", MARKET: "market", VENDOR: "vendor { id }", LAYER: "layer", PURPOSE: "purpose", DAY: "day", WEEK: "week", MONTH: "month",
  QUEUE: "queue { id }", POLICY: "policy { id }", HARM_CATEGORY: "harmCategory",
  SITE: "site { id }", TEAM: "team { id }", LABELER: "labeler { id }", AUDITOR: "auditor { id }", TRUTH_POLICY: "truthPolicy { id }", ACTION: "action",
  MODALITY: "modality", LANGUAGE: "language", TENURE_BUCKET: "tenureBucket",
  ERROR_TYPE: "errorType", SEVERITY: "severity", ERROR_CODE: "errorCode { id }", CRITERION: "criterion { id }", ERROR_CAUSE: "errorCause",
};
const CELLED = ["PROJECT", "MARKET", "VENDOR", "LAYER", "PURPOSE", "DAY", "WEEK", "MONTH", "QUEUE", "POLICY", "HARM_CATEGORY"];
const FINE = ["SITE", "TEAM", "LABELER", "AUDITOR", "TRUTH_POLICY", "ACTION", "MODALITY", "LANGUAGE", "TENURE_BUCKET"];
const CLASSES = ["ERROR_TYPE", "SEVERITY", "ERROR_CODE", "CRITERION", "ERROR_CAUSE"];
const MEASURES = [
  "ACCURACY", "QUALITY_SCORE", "CRITICAL_ERROR_RATE", "OVER_ENFORCEMENT_RATE", "UNDER_ENFORCEMENT_SHARE", "ACTION_ACCURACY", "PROCESS_ERROR_RATE", "DPU", "DPMO", "LAYER_VARIANCE", "F1",
];
// The same days by other names: no rollup is cut in the zone of that name.
const ALIASES: Record<string, string> = { "Asia/Jakarta": "Asia/Pontianak", "America/New_York": "US/Eastern" };

interface Asked {
  args: (timeZone: string) => string;
  timeZone: string;
  fields: string;
}

function askAtRandom(seed: string, { projectId, queueId, vendors, policies }: ProjectFixture): Asked {
  const random = randomOf(seed);
  const some = (values: readonly string[], most: number) => [...new Set(Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(random, values)))];
  const isOfErrors = random() < 0.15;
  const dims = isOfErrors ? [pick(random, CLASSES), ...some(["VENDOR", "WEEK"], 1)] : [...new Set([...some(CELLED, 3), ...(random() < 0.35 ? some(FINE, 2) : [])])];
  const measures = isOfErrors ? ["ERROR_RATE"] : [...new Set([pick(random, MEASURES), pick(random, MEASURES)])].filter((each) => each !== "LAYER_VARIANCE" || !dims.includes("LAYER"));
  const list = (ids: string[]) => `[${ids.map((id) => JSON.stringify(id)).join(", ")}]`;
  const filters = [
    `vendorIds: ${list([globalId("Vendor", vendors[0]!.id)])}`, `policyIds: ${list([globalId("Policy", policies.hate), globalId("Policy", policies.NV)])}`,
    `queueIds: ${list([Buffer.from(`Queue:${projectId}:${queueId}`).toString("base64url")])}`,
  ].filter(() => random() < 0.12);
  const from = 1 + Math.floor(random() * 8);
  const days = `from: "2026-01-${String(from).padStart(2, "0")}", to: "2026-01-${String(from + 4 + Math.floor(random() * 19)).padStart(2, "0")}"`;
  const axis = random() < 0.15 ? ', timeAxis: AUDITED_AT, range: { from: "2026-01-20", to: "2026-03-01"' : `, range: { ${days}`;
  const rest = [
    `measures: [${measures.length > 0 ? measures.join(", ") : "ACCURACY"}], groupBy: [${dims.join(", ")}], totals: true, filter: { ${filters.join(", ")} }`,
    random() < 0.2 ? "layer: VENDOR" : random() < 0.1 ? "purposes: [TARGETED]" : "layer: CLIENT",
    `includeProcessErrors: ${random() < 0.3}, basis: ${pick(random, ["POPULATION", "PROCESS"])}`,
  ].join(", ");
  const timeZone = random() < 0.75 ? "Asia/Jakarta" : "America/New_York";
  const args = (zone: string) => `projects: ["${globalId("Project", projectId)}"]${axis}, timeZone: "${zone}" }, ${rest}`;
  return { args, timeZone, fields: dims.map((each) => FIELDS[each]).join(" ") };
}

const VALUES = "values { measure value numerator denominator n weighted reason interval { low high method } }";

async function answer(by: Caller, { args, fields }: Asked, timeZone: string) {
  const { data, errors } = await by.send(`{ metrics(${args(timeZone)}) { rows { ${fields} ${VALUES} } totals { ${VALUES} } meta { plan { path } } } }`);
  const paths: string[] = data?.metrics?.meta.plan.map(({ path }: { path: string }) => path) ?? [];
  if (errors?.some(({ extensions }) => !extensions?.code || extensions.code === "INTERNAL")) throw new Error(`${args(timeZone)}: ${errors[0]!.message}`);
  return { paths, shown: errors ? errors.map(({ message }) => message) : { rows: data.metrics.rows, totals: data.metrics.totals } };
}

async function viewersOf({ projectId, vendors }: ProjectFixture): Promise<Record<string, Caller>> {
  const [{ id: vendorId, teamId, labelerIds }] = vendors as [ProjectFixture["vendors"][0]];
  const blind = await world.caller({ role: "AUDITOR", projectId });
  await world.sql`update samples set state = 'IN_AUDIT', lease_until = now() + interval '1 day', assignee_id = ${blind.principalId}
    where project_id = ${projectId} and id in (select sample_id from audits where project_id = ${projectId} and state = 'FINAL' limit 3)`;
  return {
    lead: await world.caller({ role: "QA_LEAD", projectId }), analyst: await world.caller({ role: "ANALYST", projectId }),
    auditor: await world.caller({ role: "AUDITOR", projectId }), blind, policy: await world.caller({ role: "POLICY_MANAGER", projectId }),
    partner: await world.caller({ role: "VENDOR_MANAGER", projectId, vendorId }), team: await world.caller({ role: "VENDOR_QA", projectId, vendorId, teamId }),
    labeler: await world.caller({ role: "LABELER", projectId, vendorId, labelerId: labelerIds[0]! }),
    client: await world.caller({ role: "SERVICE", projectId, scopes: ["metrics:read"] }),
  };
}

test("rollups, facts and the audits themselves give everybody the same figures to the last bit", { timeout: 120_000 }, async () => {
  const project = await makeMixed(world, pool, "mixed");
  const viewers = Object.entries(await viewersOf(project));
  const asked = Array.from({ length: 24 }, (_, i) => askAtRandom(`query ${i}`, project));
  const taken: Record<string, number> = {};
  const kept: { who: string; by: Caller; query: Asked; shown: unknown }[] = [];
  for (const query of asked) {
    await Promise.all(viewers.map(async ([who, by]) => {
      const [shortest, facts] = [await answer(by, query, query.timeZone), await answer(by, query, ALIASES[query.timeZone]!)];
      expect(facts.paths.every((path) => path === "FACTS")).toBe(true);
      expect(facts.shown, `${who}: ${query.args("")}`).toEqual(shortest.shown);
      const way = `${who} ${shortest.paths[0] ?? "refused"}`;
      taken[way] = (taken[way] ?? 0) + 1;
      kept.push({ who, by, query, shown: shortest.shown });
    }));
  }
  await world.sql`update rollup_watermarks set state = 'BUILDING' where project_id = ${project.projectId}`;
  await Promise.all(viewers.map(async ([viewer]) => {
    for (const { who, by, query, shown } of kept.filter((each) => each.who === viewer)) {
      const direct = await answer(by, query, query.timeZone);
      expect(direct.paths.every((path) => path === "DIRECT")).toBe(true);
      expect(direct.shown, `${who}: ${query.args("")}`).toEqual(shown);
    }
  }));
  const rows = kept.flatMap(({ shown }) => (shown as { rows?: object[] }).rows ?? []);
  expect(rows.length).toBeGreaterThan(700);
  for (const who of ["lead", "analyst", "auditor", "partner", "policy", "client"]) expect(taken[`${who} ROLLUP`]).toBeGreaterThan(5);
  for (const who of ["team", "labeler", "blind"]) expect([taken[`${who} ROLLUP`], taken[`${who} FACTS`]]).toEqual([undefined, expect.any(Number)]);
});
