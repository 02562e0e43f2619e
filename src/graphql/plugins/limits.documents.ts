import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode } from "graphql";
import { LIMITS } from "../../core/limits.ts";
import { fragmentsOf } from "./fragments.ts";

/** What an operation holds, every fragment opened wherever it is spread. */
interface Measure {
  /** Fields inside fields. */
  depth: number;
  aliases: number;
  directives: number;
  rootFields: number;
  fields: number;
  introspections: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, directives: 0, rootFields: 0, fields: 0, introspections: 0 };

interface Rule {
  measure: keyof Measure;
  code: string;
  tell: (value: number | string, most: number | string) => string;
}

const SPLIT = "ask in several operations";

const RULES: readonly Rule[] = [
  { measure: "depth", code: "TOO_DEEP", tell: (value, most) => `The operation is ${value} fields deep; at most ${most} are taken. Ask in several operations, or by node(id).` },
  { measure: "aliases", code: "TOO_MANY_ALIASES", tell: (value, most) => `The operation has ${value} aliases; at most ${most} are taken: ask for many objects by nodes(ids) or a list's filter, or ${SPLIT}.` },
  { measure: "directives", code: "TOO_MANY_DIRECTIVES", tell: (value, most) => `The operation has ${value} directives; at most ${most} are taken: put fields that go together into one fragment with one directive.` },
  { measure: "rootFields", code: "TOO_MANY_ROOT_FIELDS", tell: (value, most) => `The operation has ${value} root fields; at most ${most} are taken: ${SPLIT}.` },
  { measure: "introspections", code: "TOO_MANY_INTROSPECTIONS", tell: (value, most) => `The operation asks ${value} times for __schema or __type; at most ${most} are taken: ${SPLIT}, or GET /schema.graphql.` },
  { measure: "fields", code: "TOO_MANY_FIELDS", tell: (value, most) => `The operations have ${value} fields, those of a fragment counted wherever it is spread; at most ${most} are taken: select fewer, or ${SPLIT}.` },
];

function sum(all: readonly Measure[]): Measure {
  const total = { ...NOTHING };
  for (const each of all) {
    total.depth = Math.max(total.depth, each.depth);
    for (const name of ["aliases", "directives", "rootFields", "fields", "introspections"] as const) total[name] += each[name];
  }
  return total;
}

function measurer(document: DocumentNode): (operation: OperationDefinitionNode) => Measure {
  const fragments = fragmentsOf(document);
  const known = new Map<string, Measure>();

  function ofFragment(name: string): Measure {
    // A fragment inside itself is another rule's mistake; each is measured once, however often it is spread.
    if (!known.has(name)) {
      known.set(name, NOTHING);
      known.set(name, ofSet(fragments.get(name)?.selectionSet));
    }
    return known.get(name)!;
  }

  function inside(node: SelectionNode): Measure {
    if (node.kind === Kind.FRAGMENT_SPREAD) return ofFragment(node.name.value);
    const below = ofSet(node.selectionSet);
    if (node.kind === Kind.INLINE_FRAGMENT) return below;
    const isMeta = node.name.value.startsWith("__");
    const isIntrospection = isMeta && node.name.value !== "__typename";
    return {
      ...below,
      depth: isMeta ? 0 : below.depth + 1,
      aliases: below.aliases + Number(node.alias !== undefined),
      rootFields: 1,
      fields: below.fields + 1,
      introspections: below.introspections + Number(isIntrospection),
    };
  }

  function ofSet(set: SelectionSetNode | undefined): Measure {
    const parts = (set?.selections ?? []).map((node) => {
      const part = inside(node);
      return node.directives?.length ? { ...part, directives: part.directives + node.directives.length } : part;
    });
    return sum(parts);
  }

  return ({ selectionSet, directives, variableDefinitions }) => {
    const own = [directives, ...(variableDefinitions ?? []).map((each) => each.directives)].reduce((count, each) => count + (each?.length ?? 0), 0);
    return sum([ofSet(selectionSet), { ...NOTHING, directives: own }]);
  };
}

const show = (value: number) => (value < 1_000_000 ? value.toLocaleString("en") : "millions of");

/** In what a parsed document is too large to be validated, by its largest operation; the fields of all are counted together. */
export function excessesOf(document: DocumentNode): GraphQLError[] {
  const measure = measurer(document);
  const measures = document.definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? [measure(each)] : []));
  const largest = (name: keyof Measure) => Math.max(0, ...measures.map((each) => each[name]));
  const found: Measure = {
    depth: largest("depth"), aliases: largest("aliases"), directives: largest("directives"), rootFields: largest("rootFields"), introspections: largest("introspections"),
    fields: measures.reduce((count, { fields }) => count + fields, 0),
  };
  const over = RULES.filter((rule) => found[rule.measure] > LIMITS[rule.measure]);
  return over.map(({ measure: name, code, tell }) => new GraphQLError(tell(show(found[name]), show(LIMITS[name])), { extensions: { code } }));
}
