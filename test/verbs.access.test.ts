import { getNamedType, type GraphQLInputObjectType, type GraphQLUnionType } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schema } from "../src/schema.ts";
import { isOpenTo } from "./kit/declared.ts";
import { inputOf, nameIn, namingsOf } from "./kit/inputs.ts";
import type { Told } from "./kit/tokens.ts";
import { selectionText } from "./kit/walk.ts";
import { absent, NARROW, openWalks, type Walks } from "./kit/walkers.ts";

/** Verbs of many rows, which answer each row on its own. */
const BULK = [
  "recordDecisions", "recordGoldenItems", "importPolicyVersions", "upsertLabelers", "publishAudits", "voidAudits", "correctVerdicts", "reassignSamples",
  "addTargetedSamples", "recordAudits", "decideAppeals", "draftAppeals", "forwardAppeals", "declineAppeals",
];
const verbs = Object.values(schema.getMutationType()!.getFields());

function answerOf({ name, type }: (typeof verbs)[number]): string {
  const payload = (getNamedType(type) as GraphQLUnionType).getTypes().find((each) => each.name.endsWith("Payload"))!;
  const rows = BULK.includes(name) ? `... on ${payload.name} { ${selectionText(payload, 2)} }` : "";
  return `__typename ... on Refusal { code message path } ${rows}`;
}
const isVersioned = ({ args }: (typeof verbs)[number]) => "expectedVersion" in (getNamedType(args[0]!.type) as GraphQLInputObjectType).getFields();

let walks: Walks;
beforeAll(async () => {
  walks = await openWalks();
});
afterAll(() => walks.world.close());

describe.each(NARROW)("%s", (walker) => {
  test("is told the same by every verb of a hidden row as of one that nobody has", async () => {
    const types = [...walks.types.values()];
    const { visible, hidden } = walks.views[walker];
    const ofType = (type: string) => (row: Told) => walks.types.get(row.table) === type;
    const own = visible.find(ofType("Project"))!;
    let refused = 0;
    for (const verb of verbs) {
      for (const naming of namingsOf(verb, types)) {
        const answerTo = async (row: Told, version = "") => {
          const value = nameIn(naming, row, walks.idOf);
          const input = inputOf(verb, types, { path: naming.path, value }, (other) => {
            const known = visible.find(ofType(other.type)) ?? hidden.find(ofType(other.type));
            return known ? nameIn(other, known, walks.idOf) : "";
          });
          const text = await walks.bytesOf(walker, `mutation { ${verb.name}(input: ${input.replace(/ }$/, `${version} }`)}) { ${answerOf(verb)} } }`);
          return text.replaceAll(value, "?");
        };
        // Rows of a type differ in state: whether it is looked at before who asks, only some of them tell.
        // Of a verb that isn't for the walker, nothing is looked at (declared.access.test.ts).
        const rows = hidden.filter(ofType(naming.type)).slice(0, isOpenTo(walker, verb) ? 8 : 1);
        // Another project's row by an id that says it is of the walker's own.
        const elsewhere = hidden.find((row) => ofType(naming.type)(row) && row.projectId !== null && row.projectId !== own.id);
        const all = [...rows, ...(elsewhere && !naming.isCode ? [{ ...elsewhere, projectId: own.id }] : [])];
        for (const [i, row] of all.entries()) {
          // Every other one is asked for by a version that it hasn't.
          const version = i % 2 && isVersioned(verb) ? ", expectedVersion: 7" : "";
          const [answer, nobodys] = await Promise.all([answerTo(row, version), answerTo(absent(row), version)]);
          expect(answer, `${verb.name} ${naming.path.join(".")}: ${row.table} ${row.name}`).toBe(nobodys);
          if (!BULK.includes(verb.name)) expect(answer, verb.name).not.toContain('Payload"');
          if (answer.includes("NOT_FOUND")) refused += 1;
        }
      }
    }
    // Had the role alone decided everywhere, nothing would have been tested; of analysts, exports alone ask for rows.
    expect(refused).toBeGreaterThan(0);
  });
});
