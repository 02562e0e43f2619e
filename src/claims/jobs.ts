import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { endLeases } from "./work.service.ts";

const LEASING = ["sample.in_audit", "sample.reassignSample"];

/** What becomes due around claims. */
export const claimTasks: readonly Task[] = [
  {
    name: "endLeases",
    run: endLeases,
    dueAfter: ({ type, payload }) => (LEASING.includes(type) ? timeIn(payload.leaseUntil) : null),
  },
];
