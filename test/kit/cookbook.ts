import { readdirSync, readFileSync } from "node:fs";
import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from "graphql";

const FOLDER = "schema/operations";

/** A named document of the folder, with the lines of comment above it. */
export interface NamedDocument {
  file: string;
  name: string;
  text: string;
  comment: string[];
  document: DocumentNode;
  operation: OperationDefinitionNode;
}

function commentAbove(source: string, start: number): string[] {
  const above = source.slice(0, start).trimEnd().split("\n");
  const first = above.findLastIndex((line) => !line.startsWith("#")) + 1;
  return above.slice(first).map((line) => line.replace(/^#\s*/, ""));
}

/** All documents of the folder, one an operation. */
export function namedDocuments(): NamedDocument[] {
  return readdirSync(FOLDER).sort().flatMap((file) => {
    const source = readFileSync(`${FOLDER}/${file}`, "utf8");
    return parse(source).definitions.flatMap((each): NamedDocument[] => {
      if (each.kind !== Kind.OPERATION_DEFINITION) return [];
      const { start, end } = each.loc!;
      const text = source.slice(start, end);
      return [{ file, text, name: each.name?.value ?? "", comment: commentAbove(source, start), document: parse(text), operation: each }];
    });
  });
}

/** How deep the fields of a document lie. */
export function depthOf(node: OperationDefinitionNode["selectionSet"] | undefined): number {
  if (!node) return 0;
  return 1 + Math.max(...node.selections.map((each) => ("selectionSet" in each ? depthOf(each.selectionSet) : 0)));
}

/** A value that stands anywhere in an answer beside how it came about. */
export interface Found {
  path: string;
  value: number | null;
  reason: string | null;
}

/** Every figure of an answer, wherever it stands: what has a `value`. */
export function figuresIn(answer: unknown, path = ""): Found[] {
  if (typeof answer !== "object" || answer === null) return [];
  const below = Object.entries(answer).flatMap(([key, each]) => figuresIn(each, `${path}.${key}`));
  const { value, reason = null } = answer as { value?: unknown; reason?: string | null };
  return typeof value === "number" || value === null ? [{ path, value, reason }, ...below] : below;
}
