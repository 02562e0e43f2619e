import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { endLeases } from "./claims.service.ts";
import { publishDue } from "./service.ts";

/** What becomes due around audits. */
export const auditTasks: readonly Task[] = [
  {
    name: "endLeases",
    run: endLeases,
    dueAfter: ({ type, payload }) => (type === "sample.in_audit" ? timeIn(payload.leaseUntil) : null),
  },
  {
    name: "publishDueAudits",
    run: publishDue,
    dueAfter: ({ type, payload }) => (type === "audit.submitted" ? timeIn(payload.publishDueAt) : null),
  },
];
