import { isRequiredArgument } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeEventCursor } from "../src/events/cursor.ts";
import { schema } from "../src/schema.ts";
import { subscriptions } from "./kit/declared.ts";
import { expectSame, filtersOf } from "./kit/hidden.ts";
import { metricsWalks } from "./kit/metrics.ts";
import { hiddenTokens, type Told } from "./kit/tokens.ts";
import { documentOf, isLookup, objectOf, rootFields, selectionText, textOf, valuesOf } from "./kit/walk.ts";
import { NARROW, openWalks, type Walker, type Walks } from "./kit/walkers.ts";

/** Rows that feed a walker's figures without being shown. */
const NEVER_SHOWN: Partial<Record<Walker, string[]>> = { analyst: ["golden_items"], service: ["golden_items"] };

/** What is masked in rows that a walker may see: who knows labelers by pseudonym learns neither name nor reference. */
const BY_PSEUDONYM = ["L1", "L1b", "L2"].flatMap((labeler) => [`name of ${labeler}.`, `ref of ${labeler}.`]);
const MASKED: Partial<Record<Walker, string[]>> = { auditor: BY_PSEUDONYM, analyst: BY_PSEUDONYM };

/** When nothing more is expected of a subscription. */
const SILENCE_MS = 400;

const { free, asking } = rootFields(schema);
const lookups = asking.filter(isLookup);
const quoted = (value: unknown) => JSON.stringify(value);
const figure = (project: string, rest: string) => `${project}, range: { from: "2025-12-01", to: "2026-03-01", timeZone: "UTC" }, ${rest}`;

/** Fields that compute, and every way to ask them about a project. */
const FIGURES: Readonly<Record<string, (project: string, filter: string) => string[]>> = {
  metrics: (project, filter) => metricsWalks().map((rest) => figure(`projects: [${quoted(project)}]`, `${rest} ${filter}`)),
  confusionMatrix: (project, filter) =>
    valuesOf(schema, "ConfusionSource").flatMap((source) =>
      valuesOf(schema, "AuditLayer").map((layer) => figure(`project: ${quoted(project)}`, `source: ${source}, layer: ${layer} ${filter}`)),
    ),
  pairedComparison: (project, filter) =>
    valuesOf(schema, "TruthSource").flatMap((source) =>
      valuesOf(schema, "AuditLayer").map((layer) =>
        figure(`project: ${quoted(project)}`, `left: { kind: HUMAN }, right: { kind: MODEL }, source: ${source}, layer: ${layer} ${filter}`),
      ),
    ),
  errorPareto: (project, filter) =>
    valuesOf(schema, "ErrorClass").flatMap((by) =>
      valuesOf(schema, "AuditLayer").map((layer) => figure(`project: ${quoted(project)}`, `by: ${by}, layer: ${layer} ${filter}`)),
    ),
  auditorCorrected: (project, filter) =>
    valuesOf(schema, "AuditLayer").map((layer) => figure(`project: ${quoted(project)}`, `layer: ${layer} ${filter}`)),
  policyImpact: (project, filter) => {
    const version = quoted(walks.idOf(walks.views.admin.visible.find(ofType("PolicyVersion"))!));
    return valuesOf(schema, "AuditLayer").map((layer) => `project: ${quoted(project)}, policyVersionId: ${version}, layer: ${layer} ${filter}`);
  },
  controlChart: (project, filter) =>
    valuesOf(schema, "ControlChartSource").flatMap((source) =>
      valuesOf(schema, "AuditLayer").map((layer) => figure(`project: ${quoted(project)}`, `source: ${source}, layer: ${layer} ${filter}`)),
    ),
  funnel: (project, filter) =>
    valuesOf(schema, "FunnelMembers").flatMap((of) =>
      valuesOf(schema, "AuditLayer").map((layer) => figure(`project: ${quoted(project)}`, `of: ${of}, layer: ${layer} ${filter}`)),
    ),
  precisionPlan: (project, filter) =>
    ["LABELER", "AUDITOR"].map((dimension) => figure(`projects: [${quoted(project)}]`, `halfWidth: 0.02, groupBy: [${dimension}] ${filter}`)),
  agreement: (project, filter) =>
    valuesOf(schema, "AgreementSource").map((source) => figure(`project: ${quoted(project)}`, `source: ${source} ${filter}`)),
  vendorBenchmark: (project) => [`project: ${quoted(project)}, market: "id-ID", from: "2025-12-29"`],
};

/** Fields that compute from a row by its id; their own tests ask them of hidden ones. */
const READING_BY_ID = ["verifyReportSnapshot"];

/** Fields that compute from their arguments alone. */
const READING_NOTHING = ["acceptancePlan"];
/** They look at what a lead, or an administrator, sees, whom their own tests are about. */
const OF_LEADS = ["escalationRulePreview", "retentionPreview"];

let walks: Walks;
beforeAll(async () => {
  walks = await openWalks();
});
afterAll(() => walks.world.close());

const isObject = ({ table }: Told) => walks.types.has(table);
const ofType = (type: string) => (row: Told) => walks.types.get(row.table) === type;
const called = (row: Told | undefined) => (row ? `${row.table}: ${row.name}` : null);
const hiddenProject = (walker: Walker) => walks.views[walker].hidden.find(({ table, name }) => table === "projects" && name === "P2")!;
const ownProject = (walker: Walker) => walks.views[walker].visible.find(ofType("Project"))!;

/** Hidden rows: the first, the first of another project, and that one by an id which says that it is of the walker's own. */
function examplesOf(walker: Walker, isIt: (row: Told) => boolean): Told[] {
  const hidden = walks.views[walker].hidden.filter(isIt);
  const own = ownProject(walker).id;
  const elsewhere = hidden.find(({ projectId }) => projectId !== null && projectId !== own);
  return [...hidden.slice(0, 1), ...(elsewhere ? [elsewhere, { ...elsewhere, projectId: own }] : [])];
}

/** Everything that somebody can read without naming it, and every figure. */
async function walk(walker: Walker): Promise<string> {
  const asked = asking.flatMap((field) =>
    // Walks of metrics are many; what lies below the objects that they name is walked from lists.
    (FIGURES[field.name]?.(walks.idOf(ownProject(walker)), "") ?? []).map((args) => documentOf(field, args, field.name === "metrics" ? 2 : 3)),
  );
  const answers: string[] = [];
  for (const query of [...free.map((field) => documentOf(field, "")), ...asked])
    answers.push(textOf(JSON.parse(await walks.bytesOf(walker, query))));
  return answers.join("\n");
}

test("an administrator's walk finds objects of every type, so the others' could", async () => {
  const found = await walk("admin");
  expect(BY_PSEUDONYM.filter((text) => !found.includes(text))).toEqual([]);
  expect(
    [...walks.types].filter(([table]) => !walks.views.admin.visible.some((row) => row.table === table && found.includes(row.id))),
  ).toEqual([]);
});

test("every root field is walked, looked up, or asked for figures", () => {
  const known = [...lookups.map(({ name }) => name), "node", "nodes", ...READING_BY_ID, ...READING_NOTHING, ...OF_LEADS, ...Object.keys(FIGURES)];
  expect(asking.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
});

/** What a subscription sends until it ends or falls silent, but for the signs of life. */
async function hear(walker: Walker, query: string): Promise<string> {
  const response = await walks.respond(walker, query, { accept: "text/event-stream" });
  const reader = response.body!.getReader();
  let heard = "";
  let isOver = false;
  const listening = (async () => {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      heard += Buffer.from(chunk.value)
        .toString("utf8")
        .replace(/^:\n\n/gm, "");
    isOver = true;
  })();
  for (let before = -1; !isOver && before < heard.length;) {
    before = heard.length;
    await Promise.race([listening, new Promise((resolve) => setTimeout(resolve, SILENCE_MS))]);
  }
  await reader.cancel();
  return heard;
}

describe.each(NARROW)("%s", (walker) => {
  test("walks all root fields and meets nothing of what is hidden from them", async () => {
    const found = await walk(walker);
    expect(found).toContain(ownProject(walker).id);
    expect([...hiddenTokens(walks.views[walker]), ...(MASKED[walker] ?? [])].filter((token) => found.includes(token))).toEqual([]);
  });

  test("finds the nodes that they may see, and of the others not even that they exist", async () => {
    const rows = Object.values(walks.views[walker]).flat().filter(isObject);
    const byId = new Map(rows.map((row) => [walks.idOf(row), row]));
    const found: string[] = [];
    for (let i = 0; i < rows.length; i += 100) {
      const ids = quoted([...byId.keys()].slice(i, i + 100));
      const { nodes } = JSON.parse(await walks.bytesOf(walker, `{ nodes(ids: ${ids}) { id } }`)).data as {
        nodes: ({ id: string } | null)[];
      };
      found.push(...nodes.flatMap((node) => (node ? [called(byId.get(node.id))!] : [])));
    }
    const shown = walks.views[walker].visible.filter((row) => isObject(row) && !NEVER_SHOWN[walker]?.includes(row.table));
    expect(found.sort()).toEqual(shown.map(called).sort());
    for (const table of walks.types.keys()) {
      for (const row of examplesOf(walker, (each) => each.table === table)) {
        await expectSame(walks, walker, row, (of) => `{ node(id: "${walks.idOf(of)}") { __typename id } }`);
      }
    }
  });

  test("is told the same of a hidden code or reference as of one that nobody has", async () => {
    for (const field of lookups) {
      const args = (row: Told) =>
        field.args
          .filter(isRequiredArgument)
          .map(({ name }) => `${name}: ${quoted(row.asked[name])}`)
          .join(", ");
      const query = (row: Told) => documentOf(field, args(row), 0);
      const { visible, hidden } = walks.views[walker];
      for (const row of visible.filter(ofType(objectOf(field)))) {
        const bytes = await walks.bytesOf(walker, query(row));
        if (!bytes.includes('"FORBIDDEN"')) expect(bytes, query(row)).toContain(walks.idOf(row));
      }
      for (const row of hidden.filter(ofType(objectOf(field)))) await expectSame(walks, walker, row, query);
    }
  });

  test("is told the same of a filter by a hidden row as of one by a row that nobody has", async () => {
    for (const field of free) {
      for (const { name, type, literal } of filtersOf(field, walks)) {
        for (const row of examplesOf(walker, ofType(type))) {
          await expectSame(walks, walker, row, (of) => documentOf(field, `first: 100, filter: { ${name}: ${literal(of)} }`, 1));
        }
      }
    }
  });

  test("is told the same of a hidden project's figures, and of figures by what is hidden, as if there were none", async () => {
    const [project, own] = [hiddenProject(walker), ownProject(walker)];
    for (const [turn, field] of asking.filter(({ name }) => FIGURES[name]).entries()) {
      const ask = FIGURES[field.name]!;
      await expectSame(walks, walker, project, (of) => documentOf(field, ask(walks.idOf(of), "")[0]!, 1));
      const ways = filtersOf(field, walks).flatMap((way) => [walks.views[walker].hidden.find(ofType(way.type)) ?? []].flat().map((row) => ({ ...way, row })));
      // They all choose rows in one way: one of them is asked by everything, the others by vendor and two more.
      const asked = ways.filter(({ name }, i) => field.name === "metrics" || name === "vendorIds" || (i + turn) % 4 === 0);
      for (const { name, literal, row } of asked)
        await expectSame(walks, walker, row, (of) => documentOf(field, ask(walks.idOf(own), `, filter: { ${name}: ${literal(of)} }`)[0]!, 1));
    }
  });

  test("hears the events that they may see, and of a hidden project as of none", async () => {
    const follow = (project: Told) =>
      `subscription { projectEvents(projectId: ${quoted(walks.idOf(project))}, after: ${quoted(encodeEventCursor(project.id, 0))}) { id type payload } }`;
    const heard = await hear(walker, follow(ownProject(walker)));
    const events = walks.views[walker].visible.filter(({ table }) => table === "events");
    expect([...heard.matchAll(/"type":"([^"]+)"/g)].map((match) => match[1]).sort()).toEqual(events.map(({ name }) => name).sort());
  });

  test("hears the same by any subscription of a hidden project, its cursor, or a hidden row as of what nobody has", async () => {
    const [project, own] = [hiddenProject(walker), ownProject(walker)];
    const asked = subscriptions.flatMap((field) => {
      const selection = selectionText(schema.getType(objectOf(field))!, 1);
      const follow = (of: Told, cursorOf: Told, filter = "") =>
        `subscription { ${field.name}(projectId: ${quoted(walks.idOf(of))}, after: ${quoted(encodeEventCursor(cursorOf.id, 0))} ${filter}) { ${selection} } }`;
      const rows = filtersOf(field, walks).flatMap(({ name, type, literal }) => {
        const row = walks.views[walker].hidden.find(ofType(type));
        return row ? [{ row, query: (of: Told) => follow(own, own, `, filter: { ${name}: ${literal(of)} }`) }] : [];
      });
      return [{ row: project, query: (of: Told) => follow(of, of) }, { row: project, query: (of: Told) => follow(own, of) }, ...rows];
    });
    await Promise.all(asked.map(({ row, query }) => expectSame(walks, walker, row, query, hear)));
  });
});
