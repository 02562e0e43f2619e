import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { type AuditedProject, makeAudited } from "./kit/history.ts";
import { globalId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

type Options = Record<string, string | string[]>;

async function upload(by: Caller, options: Options, body: string, type = "text/csv") {
  const query = new URLSearchParams(Object.entries(options).flatMap(([name, value]) => [value].flat().map((each) => [name, each])));
  const headers = { "content-type": type, authorization: `Bearer ${by.token}` };
  const response = await world.server.fetch(new Request(`http://assay.test/import/audits?${query}`, { method: "POST", headers, body }));
  return { status: response.status, body: (await response.json()) as any };
}
const sheet = (rows: number, line: (i: number) => string) => ["item,label,checked,who,why,said", ...Array.from({ length: rows }, (_, i) => line(i))].join("\n");
const options = ({ project, hate }: AuditedProject, rest: Options = {}): Options => {
  const columns = { decision: "item", truth: "label", "submitted-at": "checked", auditor: "who", cause: "why", comment: "said" };
  return { project: project.projectCode, ...columns, set: `vendor=${project.vendors[0]!.code}`, label: [`hateful=${hate}`, "fine=NV"], ...rest };
};
const counts = ({ body: { rows, recorded, alreadyPresent, refused, isComplete } }: { body: any }) => ({ rows, recorded, alreadyPresent, refused, isComplete });
const stored = async ({ project }: AuditedProject) => (await world.sql`select count(*)::int as n from audits where project_id = ${project.projectId}`)[0]!.n as number;

test("a sheet of 20,000 rows is imported, and imported again adds nothing", async () => {
  const of = await makeAudited(world, Array.from({ length: 20_000 }, (_, i) => ({ decidedAt: new Date(Date.UTC(2026, 0, 5) + i * 120_000) })));
  const client = await world.caller({ role: "SERVICE", projectId: of.project.projectId, scopes: ["audits:write"] });
  const lead = globalId("Principal", of.lead.principalId);
  const text = sheet(20_000, (i) => {
    const checked = new Date(Date.UTC(2026, 0, 7) + i * 120_000).toISOString();
    return `r${i},${i % 5 ? "fine" : "hateful"},${checked},${i % 2 ? of.email : lead},${i % 5 ? "" : "OVERSIGHT"},"Row ${i}, by hand"`;
  });
  const start = performance.now();
  const first = await upload(client, options(of), text);
  const rate = Math.round(20_000 / ((performance.now() - start) / 1_000));
  console.log(`audits: ${rate} rows/s`);
  expect([first.status, counts(first)]).toEqual([200, { rows: 20_000, recorded: 20_000, alreadyPresent: 0, refused: 0, isComplete: true }]);
  // The planner hears of a project's rows as they grow: after 1,000, 8,000 and the last.
  const told = () => world.statements.filter((each) => /refresh_(audit_)?statistics/.test(each)).length;
  expect(told()).toBe(3);
  const again = await upload(client, options(of), text);
  expect(told()).toBe(3);
  expect([again.status, counts(again)]).toEqual([200, { rows: 20_000, recorded: 0, alreadyPresent: 20_000, refused: 0, isComplete: true }]);
  const [row] = await world.sql`select count(*)::int as audits, count(*) filter (where v.outcome = 'INCORRECT')::int as incorrect, count(distinct a.auditor_id)::int as auditors
    from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id where a.project_id = ${of.project.projectId}`;
  expect(row).toEqual({ audits: 20_000, incorrect: 4_000, auditors: 2 });
  expect(await world.sql`select from events where type = 'audits.recorded' and project_id = ${of.project.projectId}`).toHaveLength(20);
}, 60_000);

test("a bad row is refused by row, line, column, value and reason; a conflict that stops the import is a 409", async () => {
  const of = await makeAudited(world, [{}, {}, {}, {}]);
  const at = "2026-01-06T00:00:00Z";
  const lines = [
    `r0,fine,${at},,,"two`, `lines"`, `r9,fine,${at},,,`, `r1,unheard-of,${at},,,`, `r1,fine,2999-01-01T00:00:00Z,,,`, `r1,fine,noon,,,`, `r1,fine,${at},nobody@example.org,,`,
    `r1,hateful,${at},,BAD,`, `r1,fine,,,,`, `r2,fine,${at},,,`,
  ];
  const text = ["item,label,checked,who,why,said", ...lines].join("\n");
  const skipped = await upload(of.lead, options(of, { "on-error": "skip" }), text);
  expect([skipped.status, counts(skipped)]).toEqual([200, { rows: 9, recorded: 2, alreadyPresent: 0, refused: 7, isComplete: true }]);
  expect(skipped.body.refusals.map((each: any) => [each.row, each.line, each.column, each.value, each.code])).toEqual([
    [2, 4, "item", "r9", "NOT_FOUND"],
    [3, 5, "label", "unheard-of", "NOT_FOUND"],
    [4, 6, "checked", "2999-01-01T00:00:00.000Z", "INVALID_INPUT"],
    [5, 7, "checked", "noon", "INVALID_INPUT"],
    [6, 8, "who", "nobody@example.org", "NOT_FOUND"],
    [7, 9, "why", "BAD", "INVALID_INPUT"],
    [8, 10, "checked", null, "INVALID_INPUT"],
  ]);
  const stopped = await upload(of.lead, options(of), ["item,label,checked,who,why,said", `r3,fine,${at},,,`, `r0,hateful,${at},,,`, `r1,fine,${at},,,`].join("\n"));
  expect([stopped.status, counts(stopped)]).toEqual([409, { rows: 2, recorded: 1, alreadyPresent: 0, refused: 1, isComplete: false }]);
  expect(stopped.body.refusals).toMatchObject([{ row: 2, column: "label", code: "CONFLICT" }]);
  expect(await stored(of)).toBe(3);
});

test("NDJSON names decisions by key columns too, and says what fails technically; another column called externalRef is left alone", async () => {
  const of = await makeAudited(world, [{ externalRef: "a:1" }, { externalRef: "a:2" }]);
  const line = (part: unknown, technical: unknown) => JSON.stringify({ batch: "a", item: part, truthPolicyCode: "NV", submittedAt: "2026-01-06T00:00:00Z", isTechnicalFailure: technical, externalRef: "" });
  const given = { project: of.project.projectCode, key: ["batch", "item"], set: `vendor=${of.project.vendors[0]!.code}`, "on-error": "skip" };
  const { body } = await upload(of.lead, given, [line(1, true), line("2", "FALSE"), line(3, false), line(2, "maybe"), line(null, false)].join("\n"), "application/x-ndjson");
  expect(body).toMatchObject({ recorded: 2, refusals: [{ row: 3, column: "batch:item", value: "a:3" }, { row: 4, column: "isTechnicalFailure", value: "maybe" }, { row: 5, column: "batch:item" }] });
  const types = await world.sql`select error_type, attribution from verdicts where project_id = ${of.project.projectId} order by error_type`;
  expect(types).toEqual([{ error_type: "TECHNICAL", attribution: "PROCESS" }, { error_type: null, attribution: null }]);
  const plain = { project: of.project.projectCode, set: [`vendor=${of.project.vendors[0]!.code}`, "decision=a:1"] };
  expect(counts(await upload(of.lead, plain, line(1, true), "application/x-ndjson"))).toMatchObject({ rows: 1, alreadyPresent: 1 });
});

test("a dry run tells what the real one would do, across batches, and writes nothing; policies that are missing can be created", async () => {
  const of = await makeAudited(world, Array.from({ length: 5_000 }, () => ({})));
  const text = sheet(9_001, (i) => `r${i % 4_500},${i === 9_000 ? "hateful" : `NEW-${of.project.projectCode}`},2026-01-06T00:00:00Z,,,`);
  const given = options(of, { "on-error": "skip", "create-missing": "", "non-violating": `NEW-${of.project.projectCode}` });
  const dry = await upload(world.admin, { ...given, "dry-run": "" }, text);
  expect([dry.status, counts(dry), dry.body.created.policies, await stored(of)]).toEqual([200, { rows: 9_001, recorded: 4_500, alreadyPresent: 4_500, refused: 1, isComplete: true }, 1, 0]);
  const real = await upload(world.admin, given, text);
  expect([counts(real), real.body.created, await stored(of)]).toEqual([counts(dry), dry.body.created, 4_500]);
  const [made] = await world.sql`select is_violating from policies where code = ${`NEW-${of.project.projectCode}`}`;
  expect(made).toEqual({ is_violating: false });
}, 60_000);

test("the command line takes the same path, as the system", async () => {
  const of = await makeAudited(world, [{}, {}, {}]);
  const folder = mkdtempSync(join(tmpdir(), "assay-audits-"));
  const file = join(folder, "sheet.csv");
  const env = { ...process.env, DATABASE_URL: world.urls.login, DATABASE_DIRECT_URL: world.urls.migrator, DATABASE_JOBS_URL: world.urls.jobs };
  const run = async (lines: readonly string[], ...rest: string[]) => {
    writeFileSync(file, ["item,label,checked,who", ...lines].join("\n"));
    const args = ["--project", of.project.projectCode, "--file", file, "--decision", "item", "--truth", "label", "--submitted-at", "checked", "--auditor", "who"];
    const all = ["--import", "tsx", "scripts/import.ts", "audits", ...args, "--set", `vendor=${of.project.vendors[0]!.code}`, "--label", "fine=NV", ...rest];
    return promisify(execFile)(process.execPath, all, { env }).then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }), (error) => error as { code: number; stdout: string; stderr: string });
  };
  const good = [`r0,fine,2026-01-06T00:00:00Z,`, `r1,fine,2026-01-06T00:00:00Z,${of.email}`];
  const rehearsed = await run(good, "--dry-run");
  expect([rehearsed.code, rehearsed.stdout]).toEqual([0, expect.stringContaining("dry run, nothing written: audits: 2 recorded, 0 already there, 0 refused, of 2 rows")]);
  expect((await run(good)).stdout).toContain("audits: 2 recorded, 0 already there, 0 refused, of 2 rows");
  const bad = await run([...good, `r7,fine,2026-01-06T00:00:00Z,`, `r2,fine,2026-01-06T00:00:00Z,`], "--on-error", "skip");
  expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining("audits: 1 recorded, 2 already there, 1 refused, of 4 rows")]);
  expect(bad.stderr).toContain('refused: row 3 (line 4), item: "r7" is no decision of vendor');
  const auditors = await world.sql`select auditor_id, count(*)::int as n from audits where project_id = ${of.project.projectId} group by 1 order by 2`;
  expect(auditors).toEqual([{ auditor_id: of.auditor.principalId, n: 1 }, { auditor_id: SYSTEM_PRINCIPAL_ID, n: 2 }]);
  rmSync(folder, { recursive: true });
}, 60_000);
