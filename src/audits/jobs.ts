import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { publishDue } from "./service.ts";

/** What becomes due around audits. */
export const auditTasks: readonly Task[] = [
  {
    name: "publishDueAudits",
    run: publishDue,
    dueAfter: ({ type, payload }) => (type === "audit.submitted" ? timeIn(payload.publishDueAt) : null),
  },
];
