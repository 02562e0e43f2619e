import fc from "fast-check";
import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";

/** A document at random, with variables for it. */
export interface Shot {
  query: string;
  variables: Record<string, unknown>;
}

const NASTY: readonly unknown[] = [
  "", " ", "\u0000", "\u202e\ufeff", "\ud800", "💥".repeat(50), "x".repeat(5_000), "'; drop table decisions; --", "${7*7}", "../../etc/passwd", "=1+1", "__proto__", "null",
  "0000-00-00", "2026-02-30T25:61:61Z", "+275760-09-13T00:00:00Z", "-1", -1, 0, 2 ** 31 - 1, 2 ** 31, -(2 ** 53), 1e308, 0.1, true, null, [], [[]], {}, { __proto__: 1 }, { id: {} }, ["a", 1, null],
];
const TIMES = ["2026-01-05T00:00:00Z", "2026-02-01T12:30:00.123+07:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
const PLAIN: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  Int: fc.oneof(fc.constantFrom(0, 1, 2, 5, 100, 101, -1), fc.integer()),
  Float: fc.oneof(fc.constantFrom(0, 0.5, 1, -0.001), fc.double({ noNaN: true, noDefaultInfinity: true })),
  Boolean: fc.boolean(),
  String: fc.oneof(fc.constantFrom("NV", "id-ID", "UTC", "Asia/Jakarta", "a-text"), fc.string({ maxLength: 40, unit: "grapheme" }), fc.string({ maxLength: 40 })),
  DateTime: fc.constantFrom(...TIMES),
  Date: fc.constantFrom("2026-01-05", "2026-02-28", "0001-01-01"),
  JSON: fc.jsonValue({ maxDepth: 3 }),
  EventCursor: fc.string({ maxLength: 60 }).map((text) => Buffer.from(text).toString("base64url")),
};

type Gen = fc.GeneratorValue;
type Place = GraphQLArgument | GraphQLInputField;
const isRequired = (place: Place) => ("astNode" in place && "type" in place && isRequiredArgument(place as GraphQLArgument)) || isRequiredInputField(place as GraphQLInputField);

/** An object that may be asked for. */
export interface Known {
  type: string;
  id: string;
}

/** Writes documents about root fields and these objects: every other as the schema wants it, as far as types tell. */
export function shots(schema: GraphQLSchema, known: readonly Known[]): (root: GraphQLField<unknown, unknown>, kind: "query" | "mutation") => fc.Arbitrary<Shot> {
  const chance = (gen: Gen, percent: number) => gen(fc.integer, { min: 0, max: 99 }) < percent;
  const oneOf = <T>(gen: Gen, all: readonly T[]): T => all[gen(fc.integer, { min: 0, max: all.length - 1 })]!;

  function idFor(gen: Gen, name: string): string {
    const ofName = known.filter(({ type }) => name.replace(/Ids?$/, "").toLowerCase().endsWith(type.toLowerCase()));
    return oneOf(gen, ofName.length > 0 && chance(gen, 90) ? ofName : known).id;
  }

  function value(gen: Gen, isWild: boolean, type: GraphQLInputType, name: string, depth = 0): unknown {
    if (isWild && chance(gen, 8)) return oneOf(gen, NASTY);
    if (isNonNullType(type)) return value(gen, isWild, type.ofType, name, depth);
    if (isListType(type)) return Array.from({ length: isWild && chance(gen, 4) ? 300 : gen(fc.integer, { min: 0, max: 3 }) }, () => value(gen, isWild, type.ofType, name, depth));
    if (isEnumType(type)) return oneOf(gen, type.getValues()).name;
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter((field) => (isRequired(field) ? !(isWild && chance(gen, 4)) : depth < 4 && chance(gen, 25)));
      return Object.fromEntries(given.map((field) => [field.name, value(gen, isWild, field.type, field.name, depth + 1)]));
    }
    if (type.name === "ID") return isWild && chance(gen, 20) ? gen(() => PLAIN.String!) : idFor(gen, name);
    // Of a page's size, what is refused is soon known.
    if (!isWild && type.name === "Int") return gen(fc.integer, { min: 1, max: 20 });
    return gen(() => PLAIN[type.name] ?? PLAIN.String!);
  }

  function literal(of: unknown, type: GraphQLInputType): string {
    const bare = isNonNullType(type) ? type.ofType : type;
    if (Array.isArray(of)) return `[${of.map((each) => literal(each, isListType(bare) ? bare.ofType : bare)).join(" ")}]`;
    if (of !== null && typeof of === "object") {
      const fields = isInputObjectType(bare) ? bare.getFields() : {};
      return `{${Object.entries(of).filter(([name]) => /^\w+$/.test(name)).map(([name, each]) => `${name}: ${literal(each, fields[name]?.type ?? bare)}`).join(" ")}}`;
    }
    return isEnumType(bare) && typeof of === "string" && /^\w+$/.test(of) ? of : JSON.stringify(of);
  }

  return (root, kind) =>
    fc.gen().map((gen) => {
      const isWild = chance(gen, 50);
      const variables: Record<string, unknown> = {};
      const declared: string[] = [];

      function argumentsOf(args: readonly GraphQLArgument[]): string {
        const given = args.filter((arg) => (isRequiredArgument(arg) ? !(isWild && chance(gen, 4)) : chance(gen, 30)));
        const texts = given.map((arg) => {
          const of = value(gen, isWild, arg.type, arg.name);
          if (chance(gen, 40)) return `${arg.name}: ${literal(of, arg.type)}`;
          const name = `v${declared.length}`;
          declared.push(`$${name}: ${arg.type}`);
          variables[name] = of;
          return `${arg.name}: $${name}`;
        });
        return texts.length > 0 ? `(${texts.join(" ")})` : "";
      }

      function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): string {
        const type = getNamedType(field.type);
        const below = isLeafType(type) ? "" : ` { ${selection(type, depth - 1)} }`;
        const alias = isWild && chance(gen, 5) ? "other: " : "";
        const directive = isWild && chance(gen, 5) ? oneOf(gen, [" @include(if: true)", " @skip(if: false)", " @skip", " @none"]) : "";
        return `${alias}${field.name}${argumentsOf(field.args)}${directive}${below}`;
      }

      function selection(type: GraphQLNamedType, depth: number): string {
        if (isAbstractType(type)) {
          const some = Array.from({ length: 2 }, () => oneOf(gen, schema.getPossibleTypes(type)));
          return ["__typename", ...new Set(some)].map((each) => (typeof each === "string" ? each : `... on ${each.name} { ${selection(each, depth)} }`)).join(" ");
        }
        const fields = Object.values((type as GraphQLObjectType).getFields()).filter((field) => depth > 0 || isLeafType(getNamedType(field.type)));
        const chosen = fields.length === 0 ? [] : Array.from({ length: gen(fc.integer, { min: 1, max: 4 }) }, () => oneOf(gen, fields));
        return ["__typename", ...new Set(chosen)].map((each) => (typeof each === "string" ? each : fieldOf(each, depth))).join(" ");
      }

      const body = fieldOf(root, gen(fc.integer, { min: 1, max: 4 }));
      const query = `${kind} Fuzz${declared.length > 0 ? `(${declared.join(" ")})` : ""} { ${body} }`;
      if (!isWild || chance(gen, 80)) return { query, variables };
      const at = gen(fc.integer, { min: 0, max: query.length });
      const piece = oneOf(gen, ["", "{", "}", "\"", "\"\"\"", "$", "...", "@", "#", "\u0000", "\ud83d", "fragment F on Query { ...F }"]);
      return { query: query.slice(0, at) + piece + query.slice(at + gen(fc.integer, { min: 0, max: 5 })), variables };
    });
}

const COLUMNS = ["ref", "queue", "labeler", "label", "decidedAt", "text"];

function linesOf(write: (cells: string[]) => string): fc.Arbitrary<string> {
  const cell = fc.oneof(fc.constantFrom("Q1", "NV", "id-ID", "2026-01-05T00:00:00Z", "1", "", "\"", ...NASTY.map(String)), fc.string({ maxLength: 20, unit: "grapheme" }));
  return fc.array(fc.array(cell, { minLength: 6, maxLength: 6 }), { maxLength: 40 }).map((rows) => [COLUMNS, ...rows].map(write).join("\n"));
}

/** What no error may tell: statements, stacks, and what the server runs on. */
export const LEAK = /\b(select|insert into|update|delete from)\b[^"]*\b(from|values|set|where)\b|\bat [\w.<>]+ \(|node_modules|\.ts:\d|\bassay_\w+|postgres|econnre|127\.0\.0\.1|localhost|\/src\/|violates|relation "/i;

/** Sheets at random: lines of CSV or NDJSON that are mostly of a shape, with columns that may mean something. */
export const sheets: fc.Arbitrary<{ type: string; body: string | Uint8Array }> = fc.oneof(
  fc.record({ type: fc.constant("text/csv"), body: linesOf((cells) => cells.join(",")) }),
  fc.record({ type: fc.constant("application/x-ndjson"), body: linesOf((cells) => JSON.stringify(Object.fromEntries(cells.map((cell, i) => [COLUMNS[i], cell])))) }),
  fc.record({ type: fc.constantFrom("text/csv", "application/x-ndjson", "application/json", "text/plain", ""), body: fc.uint8Array({ maxLength: 3_000 }) }),
);
