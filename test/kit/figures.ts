import { toleranceOf } from "./reference.ts";

type Path = readonly (string | number)[];

/** A leaf of a reference file, by its place; `kind` is the place with the numbers of lists left out. */
export interface Figure {
  path: Path;
  kind: string;
  expected: string | number | boolean | null;
}

/** How a place in a file is written: `per_labeler[3].accuracy`. */
export const spell = (path: Path): string =>
  path.map((step, index) => (typeof step === "number" ? `[${step}]` : index > 0 ? `.${step}` : step)).join("");

function figuresOf(node: unknown, path: Path = []): Figure[] {
  if (Array.isArray(node)) return node.flatMap((each, index) => figuresOf(each, [...path, index]));
  if (typeof node === "object" && node !== null) return Object.entries(node).flatMap(([name, each]) => figuresOf(each, [...path, name]));
  return [{ path, kind: spell(path).replace(/\[\d+\]/g, "[]"), expected: node as Figure["expected"] }];
}

/** Every leaf by its kind. */
export function figuresByKind(file: unknown): Map<string, Figure[]> {
  const byKind = new Map<string, Figure[]>();
  for (const figure of figuresOf(file)) byKind.set(figure.kind, [...(byKind.get(figure.kind) ?? []), figure]);
  return byKind;
}

/** What stands at a place; undefined where nothing does. */
export function at(node: any, path: Path): unknown {
  return path.reduce((inner, step) => inner?.[step], node);
}

/** Whether a value is the reference's: numbers within its tolerance, all else exactly. */
export function isSame(actual: unknown, expected: Figure["expected"]): boolean {
  if (typeof expected !== "number" || typeof actual !== "number") return actual === expected;
  return Math.abs(actual - expected) <= toleranceOf(expected);
}
