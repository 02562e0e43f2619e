import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SHARED_PLACE, canReach, type Account } from "./binaries.ts";

/** One database cluster on disk, made whole or not at all: `home` holds the data, the superuser's password and the server's log. */
export interface Cluster {
  home: string;
  data: string;
  passwordFile: string;
  logFile: string;
  account: Account;
}

const NOBODY: Account = { uid: 65534, gid: 65534 };

const clusterAt = (home: string, account: Account): Cluster => ({
  home,
  data: join(home, "data"),
  passwordFile: join(home, "password"),
  logFile: join(home, "server.log"),
  account,
});

/**
 * Where the cluster of `dir` lies: in `dir/postgres`, or, for root (whom PostgreSQL refuses) and a directory below one that the
 * unprivileged account can't enter, in /var/lib/assay under a hash of that path. `dir` itself is opened to passing through (a temporary
 * directory is 0700). Existing data keep their place and their owner.
 */
export const locateCluster = (dir: string): Cluster => {
  mkdirSync(dir, { recursive: true });
  const inside = join(realpathSync(dir), "postgres");
  if (process.getuid?.() !== 0) return clusterAt(inside, {});
  const outside = join(SHARED_PLACE, createHash("sha256").update(inside).digest("hex").slice(0, 16));
  const owner = statSync(join(inside, "data"), { throwIfNoEntry: false });
  const account = owner?.uid ? { uid: owner.uid, gid: owner.gid } : NOBODY;
  const own = dirname(inside);
  if (!canReach(own, account) && canReach(dirname(own), account)) chmodSync(own, statSync(own).mode | 0o111);
  if (canReach(own, account) && !existsSync(outside)) return clusterAt(inside, account);
  mkdirSync(SHARED_PLACE, { recursive: true });
  chmodSync(SHARED_PLACE, 0o755);
  return clusterAt(outside, NOBODY);
};

/** The superuser's password, random for each cluster. */
export const readPassword = (cluster: Cluster): string => readFileSync(cluster.passwordFile, "utf8");

/** Whether a process of that id exists, whoever owns it. */
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

// What a killed maker left behind; its process id stands in the name.
const removeAbandonedDrafts = ({ home }: Cluster): void => {
  for (const entry of readdirSync(dirname(home))) {
    if (!entry.startsWith(`${basename(home)}.`)) continue;
    const maker = Number(entry.slice(basename(home).length + 1).split("-")[0]);
    if (maker > 0 && !isAlive(maker)) rmSync(join(dirname(home), entry), { recursive: true, force: true });
  }
};

const runInitdb = (binaries: string, draft: Cluster, isDurable: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const args = ["-D", draft.data, "-U", "postgres", `--pwfile=${draft.passwordFile}`, "--auth=scram-sha-256"];
    args.push("--encoding=UTF8", "--locale=C", "--no-instructions", ...(isDurable ? [] : ["--no-sync"]));
    const env = { LC_ALL: "C", TZ: "UTC" };
    const options = { cwd: draft.home, env, ...draft.account };
    const initdb = spawn(join(binaries, "initdb"), args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    initdb.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
    initdb.on("error", reject);
    initdb.on("close", (code) => {
      const reason = complaint.split("\n").find((line) => /error|fatal|could not/i.test(line));
      if (code === 0) resolve();
      else reject(new Error(reason ?? `initdb ended with code ${code}`));
    });
  });

/** Makes an empty cluster (UTF8, locale C). Of two processes at once one's becomes the cluster; the other's is dropped: false. */
export const makeCluster = async (cluster: Cluster, binaries: string, isDurable: boolean): Promise<boolean> => {
  removeAbandonedDrafts(cluster);
  const draft = clusterAt(mkdtempSync(`${cluster.home}.${process.pid}-`), cluster.account);
  try {
    chmodSync(draft.home, 0o711);
    mkdirSync(draft.data, { mode: 0o700 });
    writeFileSync(draft.passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
    const { uid, gid } = cluster.account;
    if (uid !== undefined && gid !== undefined) [draft.data, draft.passwordFile].forEach((path) => chownSync(path, uid, gid));
    await runInitdb(binaries, draft, isDurable);
    renameSync(draft.home, cluster.home);
    return true;
  } catch (error) {
    if (!existsSync(cluster.data)) throw error;
    return false;
  } finally {
    rmSync(draft.home, { recursive: true, force: true });
  }
};
