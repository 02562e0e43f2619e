import type { Task } from "../jobs/runner.ts";
import { drawDue } from "./schedules.service.ts";

/** What becomes due around plans. The sweep finds it: schedules are to the minute. */
export const samplingTasks: readonly Task[] = [{ name: "drawDuePlans", run: drawDue, dueAfter: () => null }];
