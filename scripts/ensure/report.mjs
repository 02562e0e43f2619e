import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout, wherever the command was typed. */
export const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Progress goes to standard error: standard output belongs to the command. */
export const say = (line) => process.stderr.write(`${line}\n`);

export const secondsSince = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;

/** Ends a command with a line that names the cause and the remedy. */
export class Obstacle extends Error {
  constructor(message, remedy, exitCode = 1) {
    super(message);
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}

/** Does preparatory work in the checkout; a directory that can't be written, or a full disk, comes as an `Obstacle`. */
export const prepare = async (work) => {
  try {
    return await work();
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].includes(error.code)) throw new Obstacle(error.message, `make ${ROOT} writable for this user`);
    if (["ENOSPC", "EDQUOT"].includes(error.code)) throw new Obstacle(error.message, `free some space on the disk of ${ROOT}`);
    throw error;
  }
};
