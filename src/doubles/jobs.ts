import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { expireDoubles, resolveDoubles } from "./service.ts";

/** What becomes due around double audits. */
export const doubleTasks: readonly Task[] = [
  {
    name: "resolveDoubleAudits",
    run: resolveDoubles,
    dueAfter: ({ type, payload }) => (type === "audit.submitted" && payload.role === "SECOND" ? new Date(0) : null),
  },
  {
    name: "expireDoubleAudits",
    run: expireDoubles,
    dueAfter: ({ type, payload }) => (type === "audit.double_pending" ? timeIn(payload.dueAt) : null),
  },
];
