import type { Task } from "../jobs/runner.ts";
import { evaluateRules } from "./service.ts";

// What events of the detectors are about; figures are looked at as they come due, which the sweep sees to.
const HAPPENINGS = ["audit.published", "audit.correctVerdict", "lot.rejected", "sla.threshold"];

/** Looks by the rules of escalations. */
export const triggerTasks: readonly Task[] = [
  { name: "evaluateRules", run: evaluateRules, dueAfter: ({ type }) => (HAPPENINGS.includes(type) ? new Date(0) : null) },
];
