import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { endLeases } from "./service.ts";

/** What becomes due around claims. */
export const claimTasks: readonly Task[] = [
  {
    name: "endLeases",
    run: endLeases,
    dueAfter: ({ type, payload }) => (type === "sample.in_audit" ? timeIn(payload.leaseUntil) : null),
  },
];
