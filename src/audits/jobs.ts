import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { finalizeOver, publishDue } from "./service.ts";

/** What becomes due around audits. */
export const auditTasks: readonly Task[] = [
  {
    name: "publishDueAudits",
    run: publishDue,
    dueAfter: ({ type, payload }) => (type === "audit.submitted" ? timeIn(payload.publishDueAt) : null),
  },
  {
    name: "finalizeAudits",
    run: finalizeOver,
    // Of audit.published, and of whatever else opens a window anew.
    dueAfter: ({ subjectType, payload }) => (subjectType === "Audit" ? timeIn(payload.windowDueAt) : null),
  },
];
