import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runChild } from "./child.mjs";
import { Obstacle, ROOT, say, secondsSince } from "./report.mjs";

const DATA = join(ROOT, ".data");
const LOCK_FILE = join(DATA, "install.lock");
const MODULES = join(ROOT, "node_modules");
const MARKER = join(MODULES, ".assay-lock");

const readOrEmpty = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

const wantedMark = () => {
  const hash = createHash("sha256").update(readFileSync(join(ROOT, "package-lock.json"))).digest("hex");
  return `${hash} ${process.platform}-${process.arch}`;
};

// npm's own record tells of a tree that somebody installed without us.
const agreesWithLock = (isDevNeeded) => {
  const found = JSON.parse(readOrEmpty(join(MODULES, ".package-lock.json")) || "{}").packages ?? {};
  const wanted = Object.entries(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages);
  return wanted.every(([path, { version, optional, dev }]) => {
    const isNeeded = path !== "" && !optional && (isDevNeeded || !dev);
    return !isNeeded || found[path]?.version === version;
  });
};

const isInstalled = (isDevNeeded) => {
  const mark = readOrEmpty(MARKER);
  return mark ? mark === wantedMark() : agreesWithLock(isDevNeeded);
};

const isWritable = (path) => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

// Without a home to write to, npm would fail, or litter the file system's root.
const cacheDirectory = () => {
  const usual = process.env.npm_config_cache || join(homedir(), ".npm");
  const isUsable = isAbsolute(usual) && isWritable(existsSync(usual) ? usual : dirname(usual));
  return isUsable ? usual : join(DATA, "npm-cache");
};

const installPackages = async () => {
  const start = Date.now();
  say("installing packages (npm ci) ...");
  const byNpm = process.env.npm_execpath?.endsWith("npm-cli.js");
  const [program, ...first] = byNpm ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const args = [...first, "ci", "--include=dev", "--include=optional", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const env = { ...process.env, npm_config_cache: cacheDirectory() };
  const options = { env, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" };
  const { code, output } = await runChild(program, args, options);
  if (code !== 0) {
    say(output.trimEnd().split("\n").slice(-15).join("\n"));
    throw new Obstacle(`npm ci failed with code ${code}`, "see npm's lines above; then run the same command again", code);
  }
  writeFileSync(MARKER, wantedMark());
  say(`installed packages (${secondsSince(start)})`);
};

const isHolderAlive = () => {
  try {
    const holder = Number(readFileSync(LOCK_FILE, "utf8"));
    return holder === 0 || process.kill(holder, 0); // 0: created, not yet written
  } catch (error) {
    return error.code === "EPERM";
  }
};

const takeLock = async () => {
  mkdirSync(DATA, { recursive: true });
  let hasSaid = false;
  for (;;) {
    try {
      return writeFileSync(LOCK_FILE, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isHolderAlive()) rmSync(LOCK_FILE, { force: true });
    else if (!hasSaid) say("waiting for another process that installs packages ...");
    hasSaid = true;
    await sleep(100);
  }
};

/** Leaves node_modules as package-lock.json says, by one `npm ci` however many processes ask at once; by none where it is so already. */
export const ensureInstalled = async ({ isDevNeeded }) => {
  if (isInstalled(isDevNeeded)) return;
  await takeLock();
  try {
    if (!isInstalled(isDevNeeded)) await installPackages();
  } finally {
    rmSync(LOCK_FILE, { force: true });
  }
};
