import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { passAppeals } from "./review.service.ts";

/** What time does to appeals. */
export const appealTasks: readonly Task[] = [
  {
    name: "passAppeals",
    run: passAppeals,
    // A draft's time is its audit's window, of which the audit's events tell.
    dueAfter: ({ subjectType, payload }) => (subjectType === "Appeal" ? timeIn(payload.dueAt) : subjectType === "Audit" ? timeIn(payload.windowDueAt) : null),
  },
];
