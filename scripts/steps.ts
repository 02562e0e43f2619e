import { Refusal } from "../src/core/errors.ts";
import { StartError } from "../src/db/start-error.ts";

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

/**
 * Runs a command to its end, or until Ctrl-C gives it the signal; what stands in the way outside the code is one line with its remedy, all else a
 * stack, and both exit code 2.
 */
export async function exitOn(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort(new StartError("stopped", "nothing of it stands")));
  try {
    await work(ending.signal);
  } catch (caught) {
    const error = ending.signal.aborted ? ending.signal.reason : caught;
    const { message, remedy, stack, syscall } = error as Partial<StartError & NodeJS.ErrnoException>;
    const isExpected = error instanceof Refusal || remedy !== undefined || syscall !== undefined;
    process.stderr.write(`${isExpected ? [message, remedy].filter(Boolean).join(": ") : stack}\n`);
    process.exitCode = FAILED;
  }
}
