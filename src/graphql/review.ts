import { type DocumentNode, type GraphQLError, type GraphQLSchema, Kind, parse, specifiedRules, validate } from "graphql";
import { InvalidInput } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { costOf } from "./plugins/limits.cost.ts";
import { excessesOf } from "./plugins/limits.documents.ts";

function read(document: string): DocumentNode {
  try {
    return parse(document, { maxTokens: LIMITS.tokens });
  } catch (error) {
    throw new InvalidInput(`document: ${(error as GraphQLError).message}`, ["document"]);
  }
}

/**
 * What the dearest operation of a document costs, lists being as long as they are by default where variables decide: with longer ones it is
 * counted anew whenever it runs. Refuses a document that would be refused if it were sent: one that doesn't parse, isn't valid, or costs more
 * than one operation may.
 */
export function reviewDocument(schema: GraphQLSchema, text: string): number {
  const document = read(text);
  const excesses = excessesOf(document);
  // What is too large isn't validated either.
  const [mistake] = excesses.length > 0 ? excesses : validate(schema, document, specifiedRules, { maxErrors: 1 });
  if (mistake) throw new InvalidInput(`document: ${mistake.message}`, ["document"]);
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const cost = Math.ceil(Math.max(...operations.map((each) => costOf(schema, document, each).cost)));
  if (cost > LIMITS.cost) throw new InvalidInput(`document: it costs ${cost} points, and an operation may cost ${LIMITS.cost}; ask for fewer rows.`, ["document"]);
  return cost;
}
