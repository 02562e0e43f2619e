import { getNamedType, type GraphQLField, isInputObjectType } from "graphql";
import { expect } from "vitest";
import type { Told } from "./tokens.ts";
import { objectOf } from "./walk.ts";
import { absent, type Walker, type Walks } from "./walkers.ts";

/** Which objects an id in a filter names, where its name doesn't say it; and which texts name hidden things. */
const FILTER_OBJECTS: Readonly<Record<string, string>> = {
  auditor: "Principal",
  assignee: "Principal",
  truthPolicy: "Policy",
  plan: "SamplingPlan",
  run: "SamplingRun",
  case: "AppealCase",
  rule: "EscalationRule",
  subject: "Audit",
};
const FILTER_TEXTS: Readonly<Record<string, string | null>> = {
  codes: "code",
  externalRefs: "externalRef",
  contentRefs: "contentRef",
  markets: null, market: null, emails: null, keys: null, measures: null, timeZones: null, search: null, eventTypes: null, types: null, toStates: null,
  hashes: null, subjectTypes: null, actions: null, languages: null,
};

/** A way to name a hidden row in a filter: the filter's field, the type of the row, and the literal. */
export interface Filtering {
  name: string;
  type: string;
  literal: (row: Told) => string;
}

/** The literals by which a field's filter names rows; none if it can't. */
export function filtersOf(field: GraphQLField<unknown, unknown>, { types, idOf }: Walks): Filtering[] {
  const input = field.args.find(({ name }) => name === "filter")?.type;
  if (!isInputObjectType(input)) return [];
  return Object.values(input.getFields()).flatMap(({ name, type }) => {
    const list = (value: string) => (String(type).startsWith("[") ? `[${value}]` : value);
    const stem = name.replace(/Ids?$/, "");
    if (getNamedType(type).name === "ID") {
      const object = FILTER_OBJECTS[stem] ?? stem[0]!.toUpperCase() + stem.slice(1);
      expect([...types.values()], `${input.name}.${name}`).toContain(object);
      return { name, type: object, literal: (row: Told) => list(JSON.stringify(idOf(row))) };
    }
    if (getNamedType(type).name !== "String") return [];
    expect(FILTER_TEXTS, `${input.name}.${name}`).toHaveProperty(name);
    const asked = FILTER_TEXTS[name];
    return asked ? { name, type: objectOf(field), literal: (row: Told) => list(JSON.stringify(row.asked[asked])) } : [];
  });
}

/** That somebody is told the same, whether a document names a hidden row or one that nobody has; but for their own words and the time. */
export async function expectSame(walks: Walks, walker: Walker, row: Told, query: (row: Told) => string, ask = walks.bytesOf): Promise<void> {
  const answer = async (of: Told) => {
    const said = [walks.idOf(of), ...Object.values(of.asked)].filter(Boolean) as string[];
    const bytes = (await ask(walker, query(of))).replaceAll(/"(asOf|freshTo)":"[^"]+"/g, "");
    return said.reduce((rest, text) => rest.replaceAll(text, "?"), bytes);
  };
  const [answered, nobodys] = await Promise.all([answer(row), answer(absent(row))]);
  expect(answered, `${row.table}: ${row.name} in ${query(row)}`).toBe(nobodys);
}
