import { columnName } from "../../src/graphql/cells.ts";
import { LAYOUTS, type RowDataset } from "../../src/exports/rules.ts";
import { makeDecisions, makeProject } from "./factories.ts";
import { projectGid } from "./samples.ts";
import type { Caller, World } from "./world.ts";

/** What createExport answers. */
export interface Made {
  url: string;
  fileName: string;
  expiresAt: string;
}

/** Makes a link. */
export async function link(by: Pick<Caller, "verb">, input: Record<string, unknown>): Promise<Made> {
  return by.verb("createExport", { format: "NDJSON", ...input }, "url fileName expiresAt");
}

/** What a link leads to, as a browser fetches it: without a header. */
export function follow(world: World, url: string, method = "GET"): Promise<Response> {
  return world.server.fetch(new Request(`http://assay.test${url}`, { method }));
}

/** The bytes of an export. */
export async function bytesOf(world: World, by: Pick<Caller, "verb">, input: Record<string, unknown>): Promise<Buffer> {
  const response = await follow(world, (await link(by, input)).url);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

export type Line = Record<string, unknown>;

/** The rows of an export by NDJSON. */
export async function linesOf(world: World, by: Pick<Caller, "verb">, input: Record<string, unknown>): Promise<Line[]> {
  const text = (await bytesOf(world, by, { ...input, format: "NDJSON" })).toString();
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Line);
}

/** A project with forty decisions of four days, every other of each vendor, and a lead; what asks for their references. */
export async function exported(world: World) {
  const project = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const [one, two] = project.vendors;
  await makeDecisions(world.sql, project, Array.from({ length: 40 }, (_, i) => ({
    externalRef: `r-${i}`, vendor: i % 2 === 0 ? one! : two!, decidedAt: new Date(Date.UTC(2026, 0, 5 + Math.floor(i / 10), 20)),
  })));
  return { project, lead, base: { dataset: "DECISIONS", projectId: projectGid(project), columns: ["externalRef"] } };
}

interface Tree {
  [name: string]: Tree | null;
}

function treeOf(paths: readonly string[]): Tree {
  const tree: Tree = {};
  for (const path of paths) {
    const names = path.split(".");
    let at = tree;
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Tree;
    at[names.at(-1)!] = null;
  }
  return tree;
}

function textOf(tree: Tree): string {
  return Object.entries(tree).map(([name, below]) => (below ? `${name} { ${textOf(below)} }` : name)).join(" ");
}

function valueAt(object: any, path: string): unknown {
  return path.split(".").reduce((at, name) => at?.[name], object) ?? null;
}

const FINDINGS = "findings(first: 100) { nodes { id result severity cause note criterion { id code name section kind weight isBonus } errorCode { id code name } } }";

/** Fields of the objects that a dataset is made of: what its columns show, by GraphQL. */
export function fieldsOf(dataset: RowDataset): string {
  const { columns, extras } = LAYOUTS[dataset];
  const own = columns.filter((path) => !Object.hasOwn(extras, path));
  if (dataset === "AUDITS") return textOf(treeOf(own)).replace("verdict {", `verdict { ${FINDINGS}`);
  if (dataset !== "FINDINGS") return textOf(treeOf(own));
  const below = (part: string) => own.filter((path) => path.startsWith(`${part}.`)).map((path) => path.slice(part.length + 1));
  return `${textOf(treeOf(below("audit")))} verdict { ${textOf(treeOf(below("verdict")))} ${FINDINGS} }`;
}

/** The rows that a dataset has of such objects. */
export function rowsOf(dataset: RowDataset, objects: readonly any[]): Line[] {
  const rows = dataset === "FINDINGS"
    ? objects.flatMap((audit) => (audit.verdict?.findings.nodes ?? []).map((finding: object) => ({ ...finding, audit, verdict: audit.verdict })))
    : objects.map((each) => {
        const failed = each.verdict?.findings?.nodes.filter(({ result }: Line) => result === "FAIL");
        const codes = new Set(failed?.flatMap(({ errorCode }: any) => errorCode?.code ?? []));
        return { ...each, failedCriteria: failed?.map(({ criterion }: any) => criterion.code), errorCodes: failed && [...codes] };
      });
  return rows.map((row) => Object.fromEntries(LAYOUTS[dataset].columns.map((path) => [columnName(path), valueAt(row, path)])));
}

/** Of an export of decisions their references, in order of their numbers: those of one time come by their ids. */
export async function refsOf(world: World, by: Caller, input: Record<string, unknown>): Promise<string[]> {
  const lines = await linesOf(world, by, input);
  return lines.map(({ externalRef }) => externalRef as string).sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
}
