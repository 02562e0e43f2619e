import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { closeEndedCalibration } from "./voting.service.ts";

/** What becomes due around calibration sessions. */
export const calibrationTasks: readonly Task[] = [
  {
    name: "closeEndedCalibrations",
    run: closeEndedCalibration,
    dueAfter: ({ type, payload }) => (type === "calibration_session.open" ? timeIn(payload.closesAt) : null),
  },
];
