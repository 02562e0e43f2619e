import type { Verb } from "../db/verb.ts";
import { actAs, leadOf, type Stage } from "../cast/stage.service.ts";
import { dateOf, type DemoOptions, startOf } from "../story/rules.ts";
import { PROJECTS } from "../story/organisation.rules.ts";
import { setQualityTarget } from "../targets/service.ts";
import { TARGET_MIN, TARGETS } from "./rules.ts";

/** Sets what each project is to reach from the story's first day on, as the lead. */
export async function setQualityTargets(verb: Verb, { now }: DemoOptions, stage: Stage): Promise<void> {
  for (const { project, vendor, ...target } of TARGETS) {
    const { timeZone } = PROJECTS.find(({ code }) => code === project)!;
    const scope = { projectId: stage.projects.get(project)!, vendorId: vendor && stage.vendors.get(vendor)!, queueId: null, tenureBucket: null };
    await actAs(verb, leadOf(stage), startOf(timeZone, now, 0), (lead) =>
      setQualityTarget(lead, { ...scope, ...target, nMin: TARGET_MIN, validFrom: dateOf(timeZone, now, 0) }));
  }
}
