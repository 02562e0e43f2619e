import { Refusal } from "../src/core/errors.ts";
import type { StartError } from "../src/db/start-error.ts";

const FAILED = 2;

/** Prints a step with the time it took. */
export function stepper(): (step: string) => void {
  let last = performance.now();
  return (step) => {
    const now = performance.now();
    process.stderr.write(`  ${((now - last) / 1_000).toFixed(1).padStart(6)} s  ${step}\n`);
    last = now;
  };
}

/** Runs a command to its end; what stands in the way outside the code is one line with its remedy, all else a stack, and both exit code 2. */
export async function exitOn(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, remedy, stack, syscall } = error as Partial<StartError & NodeJS.ErrnoException>;
    const isExpected = error instanceof Refusal || remedy !== undefined || syscall !== undefined;
    process.stderr.write(`${isExpected ? [message, remedy].filter(Boolean).join(": ") : stack}\n`);
    process.exitCode = FAILED;
  }
}
