import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/** One file of the repository, as the rules of the house read it. */
export interface Source {
  /** From the repository's root, with slashes. */
  path: string;
  text: string;
}

/** One arrow of the picture: which file reads what. */
export interface Import {
  from: string;
  specifier: string;
  /** The repository's file it leads to; null for packages and Node's own modules. */
  to: string | null;
  /** The package it leads to, such as drizzle-orm or @pothos/core; null otherwise. */
  package: string | null;
}

const STATEMENT = /^(?:import|export)\s+(?:type\s+)?(?:[\w$*\s,]|\{[^}]*\})*?\s*from\s*"([^"\n]+)"/gm;
const BARE = /^import\s+"([^"\n]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"\n]+)"\s*\)/g;

/** Every file below these folders with one of these endings, in order of path. */
export function readSources(root: string, folders: readonly string[], endings: readonly string[]): Source[] {
  const paths = folders.flatMap((folder) =>
    readdirSync(posix.join(root, folder), { recursive: true, encoding: "utf8" }).map((each) =>
      posix.join(folder, each.replaceAll("\\", "/")),
    ),
  );
  const kept = paths.filter((path) => endings.some((ending) => path.endsWith(ending))).sort();
  return kept.map((path) => ({ path, text: readFileSync(posix.join(root, path), "utf8") }));
}

function packageOf(specifier: string): string | null {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return null;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** What a file imports: statically (types too), for its effects, at run time, or to pass it on. */
export function importsOf({ path, text }: Source): Import[] {
  const specifiers = [STATEMENT, BARE, DYNAMIC].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
  return specifiers.map((specifier) => {
    const to = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : null;
    return { from: path, specifier, to, package: packageOf(specifier) };
  });
}

/** A cycle among files, as the paths along it; null if there is none. */
export function findCycle(imports: readonly Import[]): string[] | null {
  const arrows = new Map<string, string[]>();
  for (const { from, to } of imports) if (to) arrows.set(from, [...(arrows.get(from) ?? []), to]);
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return null;
    for (const to of arrows.get(path) ?? []) {
      const cycle = visit(to, [...trail, path]);
      if (cycle) return cycle;
    }
    finished.add(path);
    return null;
  };
  for (const path of arrows.keys()) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return null;
}
