import { randomUUID } from "node:crypto";
import { makeDecisions, makeProject, type ProjectFixture } from "./factories.ts";
import { inProject } from "./roster.ts";
import { globalId, projectGid } from "./samples.ts";
import type { Caller, GrantSpec, World } from "./world.ts";

/** A project with people of every kind and a session in DRAFT that they are invited to. */
export interface Calibration {
  project: ProjectFixture;
  projectId: string;
  lead: Caller;
  facilitator: Caller;
  manager: Caller;
  auditor: Caller;
  vendorQa: Caller;
  labeler: Caller;
  /** Auditor, vendor QA and labeler, who are its raters. */
  raters: Caller[];
  id: string;
  itemIds: string[];
  /** Opaque ids. */
  policies: { hate: string; spam: string; NV: string };
}

/** Somebody's opaque id. */
export const personId = ({ principalId }: Caller) => globalId("Principal", principalId);

/** Sends a verb on a session; the session. */
export async function onSession(by: Caller, verb: string, id: string, input: object = {}, fields = "id state version"): Promise<any> {
  return (await by.verb(verb, { calibrationSessionId: id, ...input }, `calibrationSession { ${fields} }`)).calibrationSession;
}

/** A draft about so many contents, the first of a decision, in a project of its own. */
export async function makeCalibration(world: World, contents = 3): Promise<Calibration> {
  const project = await makeProject(world.sql);
  const vendor = project.vendors[0]!;
  const as = (grant: GrantSpec) => world.caller({ projectId: project.projectId, ...grant });
  const [lead, facilitator, manager, auditor, vendorQa, labeler] = await Promise.all([
    as({ role: "QA_LEAD" }), as({ role: "AUDITOR" }), as({ role: "POLICY_MANAGER" }), as({ role: "AUDITOR" }),
    as({ role: "VENDOR_QA", vendorId: vendor.id }), as({ role: "LABELER", vendorId: vendor.id, labelerId: vendor.labelerIds[0]! }),
  ]);
  const [decisionId] = await makeDecisions(world.sql, project, [{ contentRef: `content/0-${randomUUID()}`, policyId: project.policies.spam }]);
  const items = [
    { decisionId: inProject("Decision", project.projectId, decisionId!) },
    ...Array.from({ length: contents - 1 }, (_, i) => ({ contentRef: `content/${i + 1}`, modality: "TEXT" })),
  ];
  const raters = [auditor!, vendorQa!, labeler!];
  const projectId = projectGid(project);
  const { calibrationSession } = await lead!.verb(
    "createCalibration",
    { projectId, name: "Week 2", facilitatorId: personId(facilitator!), items, raterIds: raters.map(personId) },
    "calibrationSession { id items { nodes { id } } }",
  );
  const policies = {
    hate: globalId("Policy", project.policies.hate), spam: globalId("Policy", project.policies.spam), NV: globalId("Policy", project.policies.NV),
  };
  return {
    project, projectId, lead: lead!, facilitator: facilitator!, manager: manager!, auditor: auditor!, vendorQa: vendorQa!, labeler: labeler!, raters, policies,
    id: calibrationSession.id, itemIds: calibrationSession.items.nodes.map(({ id }: { id: string }) => id),
  };
}

/** A rater's votes on the items, in their order; null for none. */
export async function vote(by: Caller, { id, itemIds, policies }: Calibration, ...chosen: (keyof Calibration["policies"] | null)[]): Promise<void> {
  const votes = chosen.flatMap((name, i) => (name ? [{ itemId: itemIds[i]!, policyId: policies[name] }] : []));
  await onSession(by, "castVotes", id, { votes });
}

const HATE_OR_NOT = ["hate", "spam", "NV"] as const;

/** Takes the session as far as that, all with votes of all three raters that agree on the first item alone. */
export async function advance(session: Calibration, to: "OPEN" | "CLOSED" | "DISCUSSION" | "CONSENSUS" | "PUBLISHED"): Promise<void> {
  const { id, facilitator, lead, raters, itemIds, policies } = session;
  const steps = ["OPEN", "CLOSED", "DISCUSSION", "CONSENSUS", "PUBLISHED"];
  const last = steps.indexOf(to);
  await onSession(lead, "openCalibration", id);
  for (const [place, rater] of raters.entries()) await vote(rater, session, "hate", ...itemIds.slice(1).map(() => HATE_OR_NOT[place]!));
  if (last >= 1) await onSession(facilitator, "closeCalibration", id);
  if (last >= 2) await onSession(facilitator, "startDiscussion", id);
  if (last >= 3) await onSession(facilitator, "setConsensus", id, { items: itemIds.map((itemId) => ({ itemId, policyId: policies.hate, rationale: "Plain hate." })) });
  if (last >= 4) await onSession(lead, "publishCalibration", id);
}
