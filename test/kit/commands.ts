import { spawn } from "node:child_process";
import { once } from "node:events";
import type { World } from "./world.ts";

/** A command of scripts/ on the world's database: how it ended, with all that it printed; and Ctrl-C. */
export function startCommand({ urls }: World, script: string, ...args: string[]): { ended: Promise<{ code: number; text: string }>; interrupt: () => void } {
  const env = { ...process.env, DATABASE_URL: urls.login, DATABASE_DIRECT_URL: urls.migrator, DATABASE_JOBS_URL: urls.jobs };
  const child = spawn(process.execPath, ["--import", "tsx", `scripts/${script}.ts`, ...args], { env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  return { ended: once(child, "close").then(([code]) => ({ code: code as number, text })), interrupt: () => void child.kill("SIGINT") };
}
