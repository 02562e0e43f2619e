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

/** Prints why something failed, and has the command exit with 2: one line with its remedy for what stands in the way outside the code, else a stack. */
export function failWith(error: unknown, what?: string): void {
  const { message, remedy, stack, syscall } = error as Partial<StartError & NodeJS.ErrnoException>;
  const isExpected = error instanceof Refusal || remedy !== undefined || syscall !== undefined;
  process.stderr.write(`${[what, ...(isExpected ? [message, remedy] : [stack])].filter(Boolean).join(": ")}\n`);
  process.exitCode = FAILED;
}

/** Runs a command to its end, or until Ctrl-C gives it the signal; then it says what stands of it. */
export async function exitOn(work: (signal: AbortSignal) => Promise<void>, whatStands = "nothing of it stands"): Promise<void> {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort(new StartError("stopped", whatStands)));
  await work(ending.signal).catch((error: Error) => failWith(error.name === "AbortError" ? ending.signal.reason : error));
}
