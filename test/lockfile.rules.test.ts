import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Locked {
  version: string;
  integrity?: string;
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
// A package may be there several times, one below another.
const locked = Object.entries(packages).filter(([path]) => path !== "").map(([path, { version, integrity }]) => ({ name: path.split("node_modules/").at(-1)!, version, integrity }));

/** The first version in which what an advisory of the package tells of is mended. */
const LEAST: Record<string, readonly [version: string, advisory: string]> = {
  ws: ["8.21.0", "remote denial of service by frames; CVE-2024-37890 before it"],
  "drizzle-orm": ["0.45.2", "SQL injection by identifiers"],
  graphql: ["16.8.1", "CVE-2023-26144: validation of overlapping fields blows up"],
  jose: ["4.15.5", "CVE-2024-28176: compressed tokens exhaust the process"],
  pg: ["7.1.2", "CVE-2017-16082: code in the names of columns"],
  "csv-parse": ["4.4.6", "CVE-2019-17592: a regular expression blows up"],
  esbuild: ["0.25.0", "GHSA-67mh-4wv8-2f99: any site reads from the development server"],
  vite: ["7.1.11", "CVE-2025-62522: files outside of the root are served"],
  vitest: ["3.0.5", "CVE-2025-24964: any site runs code by the API's socket"],
  ajv: ["8.18.0", "CVE-2025-69873: a pattern by reference blows up"],
  "js-yaml": ["4.1.1", "CVE-2025-64718: prototype pollution by merge keys"],
  json5: ["2.2.2", "CVE-2022-46175: prototype pollution"],
  semver: ["7.5.2", "CVE-2022-25883: a regular expression blows up"],
  nanoid: ["3.3.8", "CVE-2024-55565: predictable ids from fractions"],
  postcss: ["8.4.31", "CVE-2023-44270: a comment becomes a rule"],
  "ansi-regex": ["5.0.1", "CVE-2021-3807: a regular expression blows up"],
  y18n: ["5.0.5", "CVE-2020-7774: prototype pollution"],
  "yargs-parser": ["18.1.1", "CVE-2020-7608: prototype pollution"],
  "lodash.merge": ["4.6.2", "CVE-2018-16487: prototype pollution"],
  debug: ["4.3.1", "CVE-2017-16137: a regular expression blows up"],
};

/** Versions that somebody else published in the packages' names, in September 2025. */
const STOLEN = [
  "ansi-regex@6.2.1", "ansi-styles@6.2.2", "chalk@5.6.1", "color-convert@3.1.1", "color-name@2.0.1", "debug@4.4.2", "error-ex@1.3.3", "is-arrayish@0.3.3",
  "strip-ansi@7.1.1", "supports-color@10.2.1", "wrap-ansi@9.0.1",
];

const numbersOf = (version: string) => version.split("-")[0]!.split(".").map(Number);

/** Whether a version is as new as another; a preview of it isn't yet. */
function isAtLeast(version: string, least: string): boolean {
  const [mine, theirs] = [numbersOf(version), numbersOf(least)];
  const at = mine.findIndex((number, i) => number !== theirs[i]);
  return at === -1 ? !version.includes("-") : mine[at]! > theirs[at]!;
}

test("versions are told apart number by number", () => {
  expect([["8.21.0", "8.21.0"], ["8.9.0", "8.21.0"], ["10.0.0", "9.9.9"], ["1.0.0-beta.1", "1.0.0"], ["1.0.1-beta.1", "1.0.0"]].map(([a, b]) => isAtLeast(a!, b!))).toEqual([true, false, true, false, true]);
});

test.each(Object.entries(LEAST))("%s is locked to what is mended", (name, [least, advisory]) => {
  const versions = locked.filter((each) => each.name === name).map(({ version }) => version);
  expect(versions, `${name} is not locked at all: strike it from the table`).not.toEqual([]);
  expect(versions.filter((version) => !isAtLeast(version, least)), advisory).toEqual([]);
});

test("nothing is locked to a version that was stolen, and everything to its bytes", () => {
  expect(locked.filter(({ name, version }) => STOLEN.includes(`${name}@${version}`))).toEqual([]);
  expect(locked.filter(({ integrity }) => !integrity?.startsWith("sha512-"))).toEqual([]);
});
