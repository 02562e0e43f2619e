import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { WORDS } from "./samples.ts";
import type { Caller, World } from "./world.ts";

/** Where the reference data lies; tests that need it say that they are skipped where it isn't. */
export const DATA = process.env.ASSAY_REFERENCE_DATA;
const run = promisify(execFile);

/** A share as the reference has it. */
export interface Share {
  n: number;
  correct: number;
  accuracy: number | null;
  wilson95: [number, number] | null;
}

/** The reference figures of a data set. */
export function reference(name: string): any {
  return JSON.parse(readFileSync(join(DATA!, "reference", `${name}.json`), "utf8")).results[0];
}

/** Runs the import command as a user would, on the world's database. */
export async function importFile(world: World, ...args: string[]): Promise<string> {
  const { login, migrator, jobs } = world.urls;
  const env = { ...process.env, DATABASE_URL: login, DATABASE_DIRECT_URL: migrator, DATABASE_JOBS_URL: jobs };
  const { stdout } = await run(process.execPath, ["scripts/ensure.mjs", "import", ...args], { env, maxBuffer: 1 << 24 });
  return stdout;
}

/** How far a figure may be off: a billionth of it; where it is 0, or what rounding left of 0, 1e-12. */
export const toleranceOf = (expected: number): number => Math.max(1e-12, 1e-9 * Math.abs(expected));

/** Equal to the reference's own tolerance. */
export const close = (actual: number | null, expected: number | null) => {
  if (expected === null) expect(actual).toBeNull();
  else expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(toleranceOf(expected));
};

/** A figure that is the reference's, with its count and interval. */
export function expectShare(actual: { value: number | null; n: number; interval: { low: number; high: number } | null }, expected: Share): void {
  expect(actual.n).toBe(expected.n);
  close(actual.value, expected.accuracy);
  close(actual.interval?.low ?? null, expected.wilson95?.[0] ?? null);
  close(actual.interval?.high ?? null, expected.wilson95?.[1] ?? null);
}

/** Options of the sources whose labels are decisions of one vendor. */
export const LABELED = ["--labeler", "labeler_id", "--policy", "label", "--content", "item_id", "--set", "vendor=PUBLIC", "--create-missing"];

/** The multilingual set with its real times, as project "mhc". */
export async function importMhc(world: World): Promise<void> {
  await importFile(world, "decisions", "--project", "mhc", "--file", join(DATA!, "mhc_a", "labels.csv"), ...LABELED, "--queue", "queue", "--market", "market",
    "--set", "modality=TEXT", "--decided-at", "created_at", "--claimed-at", "started_at", "--non-violating", "non-hateful");
}

/** The agreed label of each item of the multilingual set. */
export function mhcGold(): Map<string, string> {
  const rows = readFileSync(join(DATA!, "mhc_a", "gold.csv"), "utf8").split("\n").slice(1).map((line) => line.split(","));
  return new Map(rows.map((cells) => [cells[0]!, cells[2]!]));
}

/** A lead of a project, and its ids. */
export async function leadOf(world: World, code: string): Promise<{ lead: Caller; projectId: string; id: string }> {
  const { projectByCode } = await world.admin.ask(`{ projectByCode(code: "${code}") { id } }`);
  const [row] = await world.sql`select id from projects where code = ${code}`;
  return { lead: await world.caller({ role: "QA_LEAD", projectId: row!.id }), projectId: projectByCode.id, id: row!.id };
}

/** Claims, judges by the agreed labels and submits until nothing waits; how many. */
export async function auditByGold(auditor: Caller, projectId: string, gold: ReadonlyMap<string, string>): Promise<number> {
  for (let done = 0; ; ) {
    const { audits } = await auditor.verb("claimSamples", { projectId, count: 20 }, "audits { id contentRef }");
    if (audits.length === 0) return done;
    const inputs = Object.fromEntries(audits.map(({ id: auditId, contentRef }: any, i: number) => [`i${i}`, { auditId, truth: { policyCode: gold.get(contentRef) }, ...WORDS }]));
    const names = Object.keys(inputs);
    const data = await auditor.ask(
      `mutation (${names.map((name) => `$${name}: SubmitAuditInput!`).join(" ")}) { ${names.map((name) => `${name}: submitAudit(input: $${name}) { __typename }`).join(" ")} }`,
      inputs,
    );
    expect(new Set(Object.values<any>(data).map((result) => result.__typename))).toEqual(new Set(["SubmitAuditPayload"]));
    done += audits.length;
  }
}
