import {
  approveActionPlan, completeAction, investigateEscalation, proposeAction, startAction, startImplementation, startVerification,
  submitPartnerRca,
} from "../actions/service.ts";
import { actAs, personOf, type Stage } from "../cast/stage.service.ts";
import { setContact } from "../contacts/service.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import { containEscalation, resolveEscalation, shareWithPartner, triageEscalation } from "../escalations/steps.service.ts";
import { acceptRca, identifyRootCause, requestPartnerRca, returnRca } from "../rcas/service.ts";
import { hoursAfter } from "../story/audits.rules.ts";
import { DEGRADED, type DemoOptions } from "../story/rules.ts";
import { postMessage } from "../threads/service.ts";
import {
  type ActionPlan, BELOW_TARGET, CAPTIONS, CONTACTS, FALL, LOTS_REJECTED, OVERTURNED, OVERTURNS, ROOMS, THUMBNAILS,
} from "./escalations.rules.ts";
import { lookBy, setRule } from "./looks.service.ts";
import { act, actionsOf, analyse, open, planCheck, type Scene, sceneOf } from "./scene.service.ts";
import { listRejected } from "./store.ts";

const [LEAD, POLICY, QA, MANAGER] = ["qaLead", "policyManager", "vendorQa", "vendorManager"] as const;

async function setContacts(scene: Scene, day: number): Promise<void> {
  const { stage, projectId } = scene;
  await act(scene, LEAD, day, async (lead) => {
    for (const { subject, vendor, ...contact } of CONTACTS) {
      const whom = { principalId: stage.principals.get(subject)!, vendorId: vendor && stage.vendors.get(vendor)! };
      await setContact(lead, { projectId, market: null, ...contact, ...whom });
    }
  });
}

function triage(
  verb: Verb, { stage }: Scene, key: ProjectKey, owner: string, severity: "SEV2" | "SEV3" | "SEV4", problemStatement: string,
): Promise<ProjectKey> {
  return triageEscalation(verb, key, { ownerId: stage.principals.get(owner)!, severity, problemStatement }, null);
}

async function propose(scene: Scene, verb: Verb, key: ProjectKey, plan: ActionPlan, rca: ProjectKey | null): Promise<ProjectKey> {
  const [action] = await actionsOf(scene, verb, [plan], rca);
  return proposeAction(verb, key, action!);
}

async function contain(scene: Scene, key: ProjectKey, day: number): Promise<void> {
  const { owner } = FALL.containment;
  await act(scene, POLICY, day, (by) => containEscalation(by, key, null));
  const action = await act(scene, POLICY, day + 0.05, (by) => propose(scene, by, key, FALL.containment, null));
  await act(scene, owner, day + 0.15, (by) => startAction(by, action, null));
  await act(scene, owner, day + 0.45, (by) => completeAction(by, action, FALL.contained, null));
}

// The vendor's analysis, which is returned once; what is to be done, by their place.
async function askVendor(scene: Scene, key: ProjectKey, day: number): Promise<ProjectKey[]> {
  const vendorId = scene.stage.vendors.get("NUSA")!;
  const say = (by: Verb, text: string) => postMessage(by, { subjectId: encodeId("Escalation", key), visibility: "PARTNER", text });
  await act(scene, POLICY, day, async (by) => {
    await shareWithPartner(by, key, vendorId, null);
    await requestPartnerRca(by, key, null);
    await say(by, FALL.asked);
  });
  await act(scene, QA, day + 0.75, async (by) => {
    await analyse(scene, by, key, FALL.first);
    await submitPartnerRca(by, key, [], null);
  });
  await act(scene, POLICY, day + 0.95, (by) => returnRca(by, key, FALL.returned, null));
  const { actions, rca } = await act(scene, QA, day + 1.15, async (by) => {
    const written = await analyse(scene, by, key, FALL.second);
    return submitPartnerRca(by, key, await actionsOf(scene, by, FALL.proposed, written), null);
  });
  await act(scene, MANAGER, day + 1.2, (by) => say(by, FALL.said));
  await act(scene, POLICY, day + 1.65, (by) => acceptRca(by, key, null));
  await act(scene, POLICY, day + 1.7, (by) => propose(scene, by, key, FALL.added, rca));
  return actions;
}

// One action is done, one is late, one has time.
async function tellFall(scene: Scene, key: ProjectKey, day: number): Promise<void> {
  await act(scene, LEAD, day + 0.08, (lead) => triage(lead, scene, key, POLICY, "SEV2", FALL.statement));
  await contain(scene, key, day + 0.1);
  await act(scene, POLICY, day + 0.65, (by) => investigateEscalation(by, key, null));
  const [late, done] = await askVendor(scene, key, day + 0.75);
  await act(scene, POLICY, day + 2.5, (by) => planCheck(scene, by, key, DEGRADED.queue, FALL.check));
  await act(scene, LEAD, day + 2.7, (lead) => approveActionPlan(lead, key, null));
  await act(scene, POLICY, day + 2.8, (by) => startImplementation(by, key, null));
  await act(scene, QA, day + 3.5, (by) => startAction(by, done!, null));
  await act(scene, MANAGER, day + 4.5, (by) => startAction(by, late!, null));
  await act(scene, QA, day + 9.4, (by) => completeAction(by, done!, FALL.corrected, null));
}

async function tellOverturned(scene: Scene, key: ProjectKey, day: number): Promise<void> {
  await act(scene, LEAD, day + 0.4, (lead) => triage(lead, scene, key, LEAD, "SEV3", OVERTURNED.statement));
  await act(scene, LEAD, day + 1.2, (lead) => investigateEscalation(lead, key, null));
}

// The vendor is asked for its analysis, and has time.
async function tellLots(scene: Scene, day: number): Promise<void> {
  const vendorId = scene.stage.vendors.get("NUSA")!;
  const key = await act(scene, LEAD, day, async (lead) => {
    const rejected = await listRejected(lead.db, scene.projectId, vendorId);
    return open(scene, lead, LOTS_REJECTED, vendorId, rejected.map((id) => ({ type: "Lot", id })));
  });
  await act(scene, LEAD, day + 0.1, (lead) => triage(lead, scene, key, LEAD, "SEV3", LOTS_REJECTED.statement));
  await act(scene, LEAD, day + 1.1, (lead) => investigateEscalation(lead, key, null));
  await act(scene, LEAD, day + 2.1, async (lead) => {
    await shareWithPartner(lead, key, null, null);
    await requestPartnerRca(lead, key, null);
  });
}

async function tellRooms(scene: Scene, day: number): Promise<void> {
  const key = await act(scene, "auditor", day, (by) => open(scene, by, ROOMS));
  await act(scene, LEAD, day + 0.3, (lead) => triage(lead, scene, key, LEAD, "SEV3", ROOMS.description));
  await act(scene, LEAD, day + 1, (lead) => investigateEscalation(lead, key, null));
  const { rca } = await act(scene, LEAD, day + 3, async (lead) => {
    await analyse(scene, lead, key, ROOMS.analysis);
    return identifyRootCause(lead, key, null);
  });
  const action = await act(scene, LEAD, day + 4, async (lead) => {
    const proposed = await propose(scene, lead, key, ROOMS.action, rca);
    await planCheck(scene, lead, key, ROOMS.queue, ROOMS.check);
    await approveActionPlan(lead, key, null);
    await startImplementation(lead, key, null);
    await startAction(lead, proposed, null);
    return proposed;
  });
  await act(scene, LEAD, day + 22, async (lead) => {
    await completeAction(lead, action, ROOMS.done, null);
    await startVerification(lead, key, null);
  });
}

async function tellThumbnails(scene: Scene, day: number): Promise<void> {
  const key = await act(scene, "otherVendorManager", day, (by) => open(scene, by, THUMBNAILS));
  await act(scene, LEAD, day + 0.1, (lead) => triage(lead, scene, key, LEAD, "SEV4", THUMBNAILS.statement));
  await act(scene, LEAD, day + 1, (lead) => resolveEscalation(lead, key, { closeReason: "FIXED", reason: THUMBNAILS.reason }, null));
}

/**
 * Chases what the story says went wrong, with the product's verbs: two rules look on, and what they raise is taken as far as things have
 * come by now; others are opened by hand. What a rule doesn't see is not told.
 */
export async function tellEscalations(verb: Verb, options: DemoOptions, stage: Stage): Promise<void> {
  const of = (code: string) => sceneOf(verb, options, stage, code);
  const [fallen, live, ads, video] = [of(DEGRADED.project), of("ID-LIVE"), of("PH-ADS"), of("ID-VIDEO")];
  await tellRooms(live, 35.4);
  await tellThumbnails(ads, 66.4);
  await setContacts(fallen, 69.5);
  const [belowTarget, overturns] = [await setRule(fallen, 69.6, BELOW_TARGET), await setRule(ads, 69.7, OVERTURNS)];
  const fall = await lookBy(fallen, belowTarget, 71.9);
  if (fall) await tellFall(fallen, fall, 71.9);
  const overturned = await lookBy(ads, overturns, 79.4);
  if (overturned) await tellOverturned(ads, overturned, 79.4);
  await tellLots(fallen, 81.4);
  await actAs(verb, personOf(stage, MANAGER), hoursAfter(options.now, -2), (by) => open(video, by, CAPTIONS));
}
