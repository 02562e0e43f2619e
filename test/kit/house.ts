import { findCycle, type Import, importsOf, type Source } from "./sources.ts";

/** Floors from the top, by the path of their files. A file stands on the first that fits. */
export const FLOORS: readonly [name: string, path: RegExp][] = [
  ["scripts", /^scripts\/.+\.ts$/],
  ["main", /^src\/main\.ts$/],
  ["config", /^src\/config\.ts$/],
  ["server", /^src\/server\.ts$/],
  ["schema", /^src\/schema\.ts$/],
  ["core", /^src\/core\//],
  ["stats", /^src\/stats\//],
  ["db", /^src\/db\//],
  ["graphql/ and jobs/", /^src\/(graphql|jobs)\//],
  ["door", /^src\/[a-z-]+\/([a-z-]+\.)?(verbs\.)?(graphql|http|jobs)\.ts$/],
  ["events", /^src\/events\/[a-z-]+\.ts$/],
  ["service", /^src\/[a-z-]+\/([a-z-]+\.)?service\.ts$/],
  ["loader", /^src\/[a-z-]+\/([a-z-]+\.)?loader\.ts$/],
  ["store", /^src\/[a-z-]+\/([a-z-]+\.)?store\.ts$/],
  ["rules", /^src\/[a-z-]+\/([a-z-]+\.)?rules\.ts$/],
  ["table", /^src\/[a-z-]+\/([a-z-]+\.)?table\.ts$/],
];

/** The floors in the order of the picture: an import goes from one to a later one. */
export const ORDER = [
  "scripts",
  "main",
  "config",
  "server",
  "schema",
  "door",
  "graphql/ and jobs/",
  "service",
  "loader",
  "store",
  "rules",
  "table",
  "events",
  "db",
  "stats",
  "core",
];

/** Features in foreign-key direction: along a floor, a later one imports an earlier one. Of events, only the doors stand among them. */
export const FEATURES = [
  "tokens", "grants", "clients", "oauth", "calendars", "vendors", "scorecards", "projects", "events", "accesses",
  "budgets", "documents", "policies", "drafts", "clocks", "threads", "contacts", "questions", "labelers", "decisions", "golden",
  "plans", "targets", "frames", "sampling", "periods", "samples", "audits", "verdicts", "rollups", "history", "claims",
  "doubles", "calibrations", "appeals", "filings", "rulings", "escalations", "signals", "rcas", "inspection", "reach",
  "measures", "ratings", "metrics", "comparisons", "insights", "charts", "agreement", "actions", "triggers", "reports",
  "exports", "webhooks", "work", "imports", "retention", "story", "cast", "desk", "docket", "demo",
];

/** Where a package may be imported. One that isn't named here may be imported nowhere. */
export const WALLS: Readonly<Record<string, RegExp>> = {
  "drizzle-orm": /^src\/(db|events)\/|^src\/[a-z-]+\/([a-z-]+\.)?(table|store)\.ts$/,
  "@pothos/core": /^src\/graphql\/|graphql\.ts$/,
  "@pothos/plugin-relay": /^src\/graphql\//,
  "@graphql-yoga/render-graphiql": /^src\/(server\.ts|graphql\/plugins\/)/,
  "graphql-yoga": /^src\/(server\.ts|graphql\/plugins\/)/,
  "graphql-jit": /^src\/graphql\/plugins\//,
  "graphql-ws": /^src\/(server\.ts|graphql\/plugins\/)/,
  "@whatwg-node/server": /^src\/(main|server)\.ts$|^src\/graphql\/plugins\//,
  ws: /^src\/(server\.ts|graphql\/plugins\/)/,
  graphql: /^src\/schema\.ts$|^src\/graphql\/|graphql\.ts$/,
  dataloader: /^src\/graphql\/|loader\.ts$/,
  postgres: /^src\/db\//,
  "graphile-worker": /^src\/jobs\//,
  pg: /^src\/jobs\//,
  jose: /^src\/tokens\//,
  "rate-limiter-flexible": /^src\/budgets\//,
  pino: /^src\/(main|config|server)\.ts$|^src\/(graphql|jobs|events|webhooks)\//,
  "csv-parse": /^src\/imports\//,
  "csv-stringify": /^src\/exports\//,
  "hyparquet-writer": /^src\/exports\//,
  standardwebhooks: /^src\/webhooks\//,
  yazl: /^src\/exports\//,
  croner: /^src\/plans\//,
  commander: /^scripts\/|^src\/main\.ts$/,
  zod: /^src\/(main|config)\.ts$|^src\/graphql\/|(graphql|http)\.ts$/,
};

// The design says about 60. The doors, which carry the descriptions of everything they show, make it more: 93 when the foundation was laid.
const MEDIAN = 100;
const PURE = ["core", "stats", "rules"];
const PRIVATE = ["store", "loader"];
const COMMENTED = ["rules", "store", "service", "stats"];
const EXPORTED = /^export (?:async )?(?:function\*? (\w+)|const (\w+) = (?:async )?(?:<[^>]*>)?\()/;

/** The floor that a file stands on; null if its name says none. */
export function floorOf(path: string): string | null {
  return FLOORS.find(([, pattern]) => pattern.test(path))?.[0] ?? null;
}

function folderOf(path: string): string {
  return path.split("/")[1]!;
}

// Imports stay in a folder, go down, or go along a floor to an earlier feature.
function isAllowedArrow({ from, to }: Import): boolean {
  if (!to!.startsWith("src/")) return from.startsWith("scripts/") && to!.startsWith("scripts/");
  const [above, below] = [from, to!].map((path) => ORDER.indexOf(floorOf(path) ?? "")) as [number, number];
  if (above === -1 || below === -1 || above !== below) return above !== -1 && above < below;
  const [mine, other] = [folderOf(from), folderOf(to!)];
  return mine === other || (FEATURES.includes(other) && FEATURES.indexOf(other) < FEATURES.indexOf(mine));
}

function arrowsOf(sources: readonly Source[]): Import[] {
  return sources.flatMap(importsOf);
}

const show = (each: Import) => `${each.from} -> ${each.specifier}`;

/** Imports that go up, or along a floor against the foreign keys. */
export function upwardImports(sources: readonly Source[]): string[] {
  return arrowsOf(sources)
    .filter((each) => each.to && !isAllowedArrow(each))
    .map(show);
}

/** The first cycle of imports, `import type` counted. */
export function importCycles(sources: readonly Source[]): string[] {
  const cycle = findCycle(arrowsOf(sources));
  return cycle ? [cycle.join(" -> ")] : [];
}

/** Imports of another feature's store or loader. */
export function privateImports(sources: readonly Source[]): string[] {
  const isForeign = ({ from, to }: Import) =>
    to !== null && PRIVATE.includes(floorOf(to) ?? "") && (!from.startsWith("src/") || folderOf(from) !== folderOf(to));
  return arrowsOf(sources).filter(isForeign).map(show);
}

/** Packages where they may not be, in pure files any package; and the environment read elsewhere than in the configuration. */
export function breachedWalls(sources: readonly Source[]): string[] {
  const breaches = arrowsOf(sources).filter(
    (each) => each.package && (PURE.includes(floorOf(each.from) ?? "") || !WALLS[each.package]?.test(each.from)),
  );
  const readers = sources.filter(({ path, text }) => !/^src\/(main|config)\.ts$/.test(path) && /\bprocess\.env\b/.test(text));
  return [...breaches.map(show), ...readers.map(({ path }) => `${path} reads process.env`)];
}

/** Barrels, default exports, aliases and unwritten extensions: arrows that the text doesn't show. */
export function hiddenArrows(sources: readonly Source[], packages: readonly string[]): string[] {
  const forbidden = sources.flatMap(({ path, text }) => [
    ...(/^export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from)/m.test(text) ? [`${path} passes exports on`] : []),
    ...(/^export default\b|^export\s*\{[^}]*\bas default\b/m.test(text) ? [`${path} has a default export`] : []),
  ]);
  const aliased = arrowsOf(sources).filter((each) => each.package && !packages.includes(each.package));
  const bare = arrowsOf(sources).filter((each) => each.to && !/\.(ts|mjs|json)$/.test(each.to));
  return [
    ...forbidden,
    ...aliased.map((each) => `${show(each)} is no package`),
    ...bare.map((each) => `${show(each)} lacks its extension`),
  ];
}

/** Files whose name is no known room, features that stand in no order, and folders of more than nine rooms. */
export function strangeRooms(sources: readonly Source[]): string[] {
  const nameless = sources.filter(({ path }) => floorOf(path) === null).map(({ path }) => `${path} is no known room`);
  const folders = new Map<string, number>();
  for (const { path } of sources) {
    if (["door", "service", "loader", "store", "rules", "table"].includes(floorOf(path) ?? ""))
      folders.set(folderOf(path), (folders.get(folderOf(path)) ?? 0) + 1);
  }
  const unordered = [...folders.keys()].filter((name) => !FEATURES.includes(name)).map((name) => `${name} has no place among the features`);
  const crowded = [...folders].filter(([, rooms]) => rooms > 9).map(([name, rooms]) => `${name} has ${rooms} rooms`);
  return [...nameless, ...unordered, ...crowded];
}

/** Files over 250 lines; and all rooms together, if their median is over `MEDIAN` or a tenth of them has 160 lines or more. */
export function oversized(sources: readonly Source[]): string[] {
  const sizes = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length })).sort((a, b) => a.lines - b.lines);
  const rooms = sizes.filter(({ path }) => !path.startsWith("test/"));
  const at = (share: number) => rooms[Math.ceil(share * rooms.length) - 1]?.lines ?? 0;
  const whole = [
    ...(at(0.5) > MEDIAN ? [`the median file has ${at(0.5)} lines`] : []),
    ...(at(0.9) >= 160 ? [`a tenth of the files has ${at(0.9)} lines or more`] : []),
  ];
  return [...sizes.filter(({ lines }) => lines > 250).map(({ path, lines }) => `${path} has ${lines} lines`), ...whole];
}

/** Exported functions of rules, stores, services and statistics without a sentence above them. */
export function uncommented(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => COMMENTED.includes(floorOf(path) ?? ""))
    .flatMap(({ path, text }) => {
      const lines = text.split("\n");
      const hasSentence = (index: number) =>
        /[.:!?)`]\s*\*\/$|^\/\/.*[.:!?)`]$/.test(lines.slice(Math.max(0, index - 2), index).join("\n"));
      return lines.flatMap((line, index) => {
        const match = EXPORTED.exec(line);
        return match && !hasSentence(index) ? [`${path}: ${match[1] ?? match[2]}`] : [];
      });
    });
}

/** Names that say nothing: Manager, Helper, Util. */
export function emptyNames(sources: readonly Source[]): string[] {
  const pattern = /^(?:export )?(?:async )?(?:function|const|class|interface|type)\s+(\w*(?:Manager|Helper|Util)s?)\b/gm;
  return sources.flatMap(({ path, text }) => [
    ...(/(manager|helper|util)s?\.[a-z]+$/i.test(path) ? [path] : []),
    ...[...text.matchAll(pattern)].map((match) => `${path}: ${match[1]}`),
  ]);
}
