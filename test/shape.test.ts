import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  breachedWalls,
  emptyNames,
  FEATURES,
  hiddenArrows,
  importCycles,
  oversized,
  privateImports,
  strangeRooms,
  uncommented,
  upwardImports,
  WALLS,
} from "./kit/house.ts";
import { readSources, type Source } from "./kit/sources.ts";

const house = readSources(".", ["src", "scripts"], [".ts"]);
const everything = readSources(".", ["src", "scripts", "test"], [".ts", ".mjs"]);
const npm = JSON.parse(readFileSync("package.json", "utf8")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  imports?: unknown;
};
const packages = [...Object.keys(npm.dependencies), ...Object.keys(npm.devDependencies)];

/** Advisory locks that are taken by a number alone, in two places: who waits in one would wait for the other. */
function sharedLocks(sources: readonly Source[]): string[] {
  const places = sources.flatMap(({ path, text }) => {
    const numbers = [...text.matchAll(/(?:LOCK = |_lock\()(\d[\d_]+)n?\b/g)].map(([, number]) => number!.replaceAll("_", ""));
    // Migrations write the same function again.
    return [...new Set(numbers)].map((number) => ({ number, place: path.replace(/^drizzle\/.*/, "drizzle") }));
  });
  return places.filter(({ number, place }) => places.some((other) => other.number === number && other.place !== place)).map(({ number, place }) => `${number} in ${place}`);
}

/** Files whose default export a tool asks for. */
const DEFAULTS_FOR_TOOLS = { "test/kit/global.ts": "vitest calls the default export of a globalSetup file" };

const file = (path: string, ...lines: string[]): Source => ({ path, text: `${lines.join("\n")}\n` });
const long = (path: string, lines: number) => file(path, ...Array.from({ length: lines }, () => "//"));

interface Rule {
  name: string;
  breaches: (sources: Source[]) => string[];
  /** What it reads; the house if absent. */
  of?: Source[];
  /** Small trees, each of which must be refused. */
  bad: Source[][];
}

const RULES: Rule[] = [
  {
    name: "imports go down, or along a floor in foreign-key direction",
    breaches: upwardImports,
    bad: [
      [file("src/vendors/store.ts", 'import { createVendor } from "./service.ts";')],
      [file("src/vendors/table.ts", 'import type { Labeler } from "../labelers/table.ts";')],
      [file("src/vendors/graphql.ts", "import {", "  Audit,", '} from "../audits/graphql.ts";')],
      [file("src/core/ids.ts", 'import { array } from "../db/arrays.ts";')],
      [file("src/db/pool.ts", 'const { x } = await import("../events/outbox.ts");')],
      [file("src/main.ts", 'import "../scripts/migrate.ts";')],
      [file("src/main.ts", 'import { createWorld } from "../test/kit/world.ts";')],
      [file("src/vendors/odd.ts", 'import { isUuid } from "../core/ids.ts";')],
    ],
  },
  {
    name: "no imports in a ring, types included",
    breaches: importCycles,
    bad: [
      [
        file("src/db/a.ts", 'import type { B } from "./b.ts";'),
        file("src/db/b.ts", 'import { c } from "./c.ts";'),
        file("src/db/c.ts", 'import { a } from "./a.ts";'),
      ],
    ],
  },
  {
    name: "a feature's store and loader are its own",
    breaches: privateImports,
    bad: [
      [file("src/audits/service.ts", 'import { insertVendor } from "../vendors/store.ts";')],
      [file("src/audits/graphql.ts", 'import { byVendor } from "../vendors/teams.loader.ts";')],
      [file("scripts/import.ts", 'import { insertVendor } from "../src/vendors/store.ts";')],
      [file("src/server.ts", 'import { insertVendor } from "./vendors/store.ts";')],
    ],
  },
  {
    name: "packages and the environment stay behind their walls",
    breaches: breachedWalls,
    bad: [
      [file("src/vendors/service.ts", 'import { sql } from "drizzle-orm/pg-core";')],
      [file("src/vendors/service.ts", 'import type { ObjectRef } from "@pothos/core";')],
      [file("src/vendors/http.ts", 'import { createYoga } from "graphql-yoga";')],
      [file("src/events/sealer.ts", 'import postgres from "postgres";')],
      [file("src/sampling/jobs.ts", 'import { run } from "graphile-worker";')],
      [file("src/stats/draw.ts", 'import _ from "zod";')],
      [file("src/vendors/store.ts", 'import _ from "lodash";')],
      [file("src/db/pool.ts", "const url = process.env.DATABASE_URL;")],
    ],
  },
  {
    name: "every arrow is visible in the text",
    breaches: (sources) => hiddenArrows(sources, packages),
    of: everything.filter(({ path }) => !Object.hasOwn(DEFAULTS_FOR_TOOLS, path)),
    bad: [
      [file("src/vendors/index.ts", 'export * from "./table.ts";')],
      [file("src/vendors/index.ts", 'export { vendors } from "./table.ts";')],
      [file("src/core/ids.ts", "export default 1;")],
      [file("src/core/ids.ts", "export { newId as default };")],
      [file("src/core/ids.ts", 'import { x } from "./errors";')],
      [file("src/core/ids.ts", 'import { x } from "./errors.js";')],
      [file("src/core/ids.ts", 'import { x } from "@/core/errors.ts";')],
    ],
  },
  {
    name: "every file is a room with a known name, at most nine of them a feature",
    breaches: strangeRooms,
    bad: [
      [file("src/vendors/queries.ts")],
      [file("src/shared.ts")],
      [file("src/widgets/table.ts")],
      Array.from({ length: 10 }, (_, i) => file(`src/vendors/${String.fromCharCode(97 + i)}.store.ts`)),
    ],
  },
  {
    name: "rooms are small",
    breaches: oversized,
    of: everything,
    bad: [[long("src/core/ids.ts", 251)], [long("a", 170), ...Array(4).fill(long("b", 9))], Array(3).fill(long("a", 101))],
  },
  {
    name: "a sentence stands above every exported function of rules, stores, services and statistics",
    breaches: uncommented,
    bad: [
      [file("src/vendors/rules.ts", "export function mayRename(): boolean {")],
      [file("src/stats/draw.ts", "/** draws */", "export const draw = (seed: string) => seed;")],
      [file("src/vendors/store.ts", "/** Lists. */", "", "export async function listVendors() {")],
      [file("src/vendors/service.ts", "const x = 1;", "export async function* each() {")],
    ],
  },
  {
    name: "every advisory lock has a number of its own",
    breaches: sharedLocks,
    of: [...house, ...readSources(".", ["drizzle"], [".sql"])],
    bad: [[file("src/a/store.ts", "const LOCK = 7_361_001;"), file("src/b/store.ts", "sql`select pg_advisory_xact_lock(7361001)`")]],
  },
  {
    name: "no name is empty of meaning",
    breaches: emptyNames,
    of: everything,
    bad: [
      [file("src/core/string-utils.ts")],
      [file("src/db/pool.ts", "export class PoolManager {}")],
      [file("src/db/pool.ts", "function dateHelper() {}")],
    ],
  },
];

describe.each(RULES)("$name", ({ breaches, of, bad }) => {
  test("holds", () => expect(breaches(of ?? house)).toEqual([]));
  test.each(bad.map((sources) => [sources.map(({ path, text }) => `${path}: ${text.split("\n")[0]}`)[0], sources] as const))(
    "can fail: %s",
    (_, sources) => {
      expect(breaches([...sources])).not.toEqual([]);
    },
  );
});

test("the lists of the house are about what is there", () => {
  const folders = new Set(house.map(({ path }) => path.split("/")[1]));
  expect(FEATURES.filter((name) => !folders.has(name))).toEqual([]);
  expect(Object.keys(WALLS).filter((name) => !packages.includes(name))).toEqual([]);
});

test("no path aliases are configured", () => {
  expect(readFileSync("tsconfig.json", "utf8")).not.toMatch(/"(paths|baseUrl)"/);
  expect(npm.imports).toBeUndefined();
});

test("the commands that run before an install use nothing that is installed", () => {
  const early = readSources(".", ["scripts"], [".mjs"]);
  expect(early.length).toBeGreaterThan(0);
  for (const { text } of early) expect(text).not.toMatch(/from "(?!node:|\.)/);
});

test("the README is short enough to be read", () => {
  // Of decisions there is one more whenever the design changes.
  const [text] = readFileSync("README.md", "utf8").split("\n## Decisions\n");
  expect(text!.trimEnd().split("\n").length).toBeLessThanOrEqual(165);
});
