import { type DocumentNode, GraphQLError, parse, type ParseOptions, type Source } from "graphql";
import type { Plugin } from "graphql-yoga";
import { InvalidInput } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { excessesOf } from "./limits.documents.ts";

function parseWithin(source: string | Source, options?: ParseOptions): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: LIMITS.tokens });
  } catch (error) {
    // The parser has no codes; the one that Yoga gives to HTTP is given to all.
    if (!/more tha[nt] \d+ tokens/.test((error as Error).message)) {
      (error as GraphQLError).extensions.code = "GRAPHQL_PARSE_FAILED";
      throw error;
    }
    const most = LIMITS.tokens.toLocaleString("en");
    const message = `The document has more than ${most} tokens, which are the most that are taken: give values as variables, and ask in several operations.`;
    throw new GraphQLError(message, { extensions: { code: "TOO_MANY_TOKENS" } });
  }
}

/** Whether a header asks for an operation's cost alone, without anything run; refuses what it could mean else. */
export function readDryRun(header: string | null): boolean {
  if (header === null || header === "cost") return header !== null;
  throw new InvalidInput(`x-assay-dry-run: "${header}" is not known; give cost, or leave the header out.`, ["x-assay-dry-run"]);
}

const known = new WeakMap<DocumentNode, readonly GraphQLError[]>();

/** The Yoga plugin of what a document may be at most, for every transport: no larger one is parsed to its end, or validated. */
export function useLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseWithin);
    },
    onValidate({ params: { documentAST }, setResult }) {
      const excesses = known.get(documentAST) ?? excessesOf(documentAST);
      known.set(documentAST, excesses);
      if (excesses.length > 0) setResult([...excesses]);
    },
  };
}
