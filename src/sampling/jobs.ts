import type { Task } from "../jobs/runner.ts";
import { drawDue, stopAudited } from "./schedules.service.ts";

const ENDING = ["sample.audited", "sample.void", "sample.expired"];

/** What becomes due around plans and their runs. */
export const samplingTasks: readonly Task[] = [
  // The sweep finds them: schedules are to the minute.
  { name: "drawDuePlans", run: drawDue, dueAfter: () => null },
  { name: "stopAuditedRuns", run: stopAudited, dueAfter: ({ type }) => (ENDING.includes(type) ? new Date(0) : null) },
];
