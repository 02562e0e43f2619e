import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advance, type Calibration, makeCalibration, onSession, personId, vote } from "./kit/calibrations.ts";
import { inProject } from "./kit/roster.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const SEEN = `query ($id: ID!) { node(id: $id) { ... on CalibrationSession {
  raters { isMe principal { id } againstConsensus { n agreed byPolicy { bias } } }
  items { nodes { decision { id } consensus { policy { id } rationale } votes { totalCount nodes { id isMine rationale rater { id } } } } } } } }`;
const STATES = ["OPEN", "CLOSED", "DISCUSSION", "CONSENSUS", "PUBLISHED"] as const;

interface Seen {
  /** Votes seen, by lists, by counts and by ids. */
  votes: number[];
  decisions: number;
  consensus: number;
  /** Raters seen, by name, and with how they lean. */
  raters: [number, number, number];
}

async function seenBy(by: Caller, { id, project }: Calibration): Promise<Seen | null> {
  const { node } = await by.ask(SEEN, { id });
  if (!node) return null;
  const items = node.items.nodes;
  const votes = items.flatMap((item: any) => item.votes.nodes);
  const all = (await world.sql`select id from calibration_votes where project_id = ${project.projectId}`).map((row) => inProject("CalibrationVote", project.projectId, row.id));
  const { nodes } = await by.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: all });
  return {
    votes: [votes.length, items.reduce((sum: number, item: any) => sum + item.votes.totalCount, 0), nodes.filter(Boolean).length],
    decisions: items.filter((item: any) => item.decision).length,
    consensus: items.filter((item: any) => item.consensus).length,
    raters: [node.raters.length, node.raters.filter((each: any) => each.principal).length, node.raters.filter((each: any) => each.againstConsensus).length],
  };
}

const all = (n: number) => [n, n, n];

describe.each(STATES)("while a session is %s", (state) => {
  const place = STATES.indexOf(state);
  const isDiscussed = place >= 2;
  const isAgreed = place >= 3;
  test("each sees the votes, decisions, consensus and raters that are theirs to see, and no more", async () => {
    const session = await makeCalibration(world);
    await advance(session, state);
    const { lead, facilitator, manager, auditor, vendorQa, labeler, project } = session;
    const as = (role: "ANALYST" | "AUDITOR" | "VENDOR_QA", vendorId?: string) => world.caller({ role, projectId: project.projectId, vendorId: vendorId ?? null });
    const [analyst, stranger, colleague] = [await as("ANALYST"), await as("AUDITOR"), await as("VENDOR_QA", project.vendors[0]!.id)];
    // 3 raters, 3 items: 9 votes, of which anybody's own are 3.
    const ofLead = { votes: all(place >= 1 ? 9 : 0), decisions: isDiscussed ? 1 : 0, consensus: isAgreed ? 3 : 0, raters: [3, 3, isAgreed ? 3 : 0] };
    expect(await seenBy(lead, session)).toEqual(ofLead);
    expect(await seenBy(world.admin, session)).toEqual(ofLead);
    // Auditors see decisions that they have claimed alone: none here.
    const ofStaff = (own: number) => ({ votes: all(isDiscussed ? 9 : own), decisions: 0, consensus: ofLead.consensus, raters: [3, own > 0 ? 1 : 0, isAgreed ? 3 : 0] });
    expect(await seenBy(auditor, session)).toEqual(ofStaff(3));
    expect(await seenBy(facilitator, session)).toEqual(ofStaff(0));
    expect(await seenBy(analyst, session)).toEqual({ ...ofLead, raters: [3, 0, isAgreed ? 3 : 0] });
    expect(await seenBy(stranger, session)).toEqual(place === 0 ? null : ofStaff(0));
    expect(await seenBy(manager, session)).toEqual(place === 0 ? null : { ...ofStaff(0), decisions: ofLead.decisions });
    const isPublished = state === "PUBLISHED";
    const ofPartner = { votes: all(3), consensus: isPublished ? 3 : 0, raters: [1, 1, isPublished ? 1 : 0] };
    // The decision is of their own vendor and labeler.
    for (const by of [vendorQa, labeler]) expect(await seenBy(by, session)).toEqual({ ...ofPartner, decisions: isDiscussed ? 1 : 0 });
    expect(await seenBy(colleague, session)).toBeNull();
  });
});

test("a lead who votes is as blind as the others, while voting is open", async () => {
  const session = await makeCalibration(world);
  const { lead, id, raters } = session;
  await onSession(lead, "changeCalibration", id, { raterIds: [...raters, lead].map(personId) });
  await onSession(lead, "openCalibration", id);
  await vote(lead, session, "spam", null, null);
  await vote(raters[0]!, session, "hate", "hate", "hate");
  expect((await seenBy(lead, session))!.votes).toEqual(all(1));
  expect((await seenBy(raters[0]!, session))!.votes).toEqual(all(3));
});

test("analysts read no words: neither why somebody voted, nor why a session was given up", async () => {
  const session = await makeCalibration(world);
  await advance(session, "CONSENSUS");
  const analyst = await world.caller({ role: "ANALYST", projectId: session.project.projectId });
  const { node } = await analyst.ask(SEEN, { id: session.id });
  expect(node.items.nodes.map((item: any) => item.consensus.rationale)).toEqual([null, null, null]);
  expect((await session.lead.ask(SEEN, { id: session.id })).node.items.nodes[0].consensus.rationale).toBe("Plain hate.");
  const other = await makeCalibration(world);
  await onSession(other.lead, "openCalibration", other.id);
  await onSession(other.labeler, "castVotes", other.id, { votes: [{ itemId: other.itemIds[0], policyId: other.policies.hate, rationale: "So." }] });
  const words = async (by: Caller) => (await by.ask("query ($id: ID!) { node(id: $id) { ... on CalibrationSession { cancelReason items { nodes { votes { nodes { rationale } } } } } } }", { id: other.id })).node;
  expect((await words(other.labeler)).items.nodes[0].votes.nodes).toEqual([{ rationale: "So." }]);
  await onSession(other.lead, "cancelCalibration", other.id, { reason: "Twice." });
  expect((await words(other.lead)).cancelReason).toBe("Twice.");
  expect((await words(await world.caller({ role: "ANALYST", projectId: other.project.projectId }))).cancelReason).toBeNull();
});
