import type { Task } from "../jobs/runner.ts";
import { openPeriods } from "../periods/service.ts";
import { closeDuePeriod, settleClosedPeriod } from "./closing.service.ts";

/** What becomes due around reporting periods. They end and close by the clock, which the sweep watches. */
export const reportTasks: readonly Task[] = [
  { name: "openPeriods", run: openPeriods, dueAfter: () => null },
  { name: "closeDuePeriods", run: closeDuePeriod, dueAfter: () => null },
  { name: "settleClosedPeriods", run: settleClosedPeriod, dueAfter: ({ type }) => (type === "reporting_period.closed" ? new Date(0) : null) },
];
