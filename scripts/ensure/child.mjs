import { spawn } from "node:child_process";
import { constants } from "node:os";
import { ROOT } from "./report.mjs";

const FORWARDED = ["SIGTERM", "SIGHUP"];

/**
 * Runs a program in the checkout to its end and gives its exit code (128 + n after signal n) with what it wrote, unless it wrote to the
 * terminal itself. It never outlives a polite end of this process: Ctrl-C reaches both, other signals are passed on.
 */
export const runChild = (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: "inherit", ...options });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr?.setEncoding("utf8").on("data", (text) => (output += text));
    const forward = (signal) => child.kill(signal);
    const wait = () => {};
    FORWARDED.forEach((signal) => process.on(signal, forward));
    process.on("SIGINT", wait);
    const settle = () => {
      FORWARDED.forEach((signal) => process.off(signal, forward));
      process.off("SIGINT", wait);
    };
    child.on("error", (error) => (settle(), reject(error)));
    child.on("close", (code, signal) => {
      settle();
      resolve({ code: signal ? 128 + constants.signals[signal] : code, output });
    });
  });
