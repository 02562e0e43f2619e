import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId, SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { asWorker } from "../src/db/verb.ts";
import { signalTasks } from "../src/signals/jobs.ts";
import { raiseSignals, resumeAnswered, type Signal } from "../src/signals/service.ts";
import { type AuditSpec, makeAudits } from "./kit/audits.ts";
import { clocksOf, openBy, seeEscalation } from "./kit/escalations.ts";
import { allSealed } from "./kit/events.ts";
import { doAll } from "./kit/inspection.ts";
import { type Escalating, escalationGid, makeEscalating, makeEscalation, onEscalation, personOf, toldOf } from "./kit/rcas.ts";
import { inProject } from "./kit/roster.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let of: Escalating;
const statements: string[] = [];
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
  const onStatement = (text: string) => void statements.push(text);
  pool = createPool({ url: world.urls.login, size: 4, queue: 50, waitMs: 10_000, applicationName: "assay-test", onStatement });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const raise = (...signals: Signal[]) => write(pool, WORKER, (db) => raiseSignals(asWorker(db, new Date()), signals), { timeoutMs: 10_000 });
const signal = (rest: Partial<Signal> = {}): Signal => ({
  projectId: of.project.projectId, trigger: "CRITICAL_ERROR", title: "A critical error", kind: "QUALITY", severity: "SEV2", vendorId: of.project.vendors[0]!.id,
  seen: { measure: "ERROR_RATE", value: 0.2, low: 0.1, high: 0.3, n: 50, threshold: 0.05, details: { audits: 50 } }, ...rest,
});
const signalsOf = async (id: string) => (await seeEscalation(of.lead, escalationGid(of, id), "signals { nodes { measure value low high n threshold details rule { id } } }")).signals.nodes;

describe("signals", () => {
  test("of a new problem open an escalation, as nobody's doing, with clocks and what was seen", async () => {
    const [raised] = await raise(signal({ about: [randomUUID()] }));
    expect(raised).toMatchObject({ isNew: true });
    const fields = "state trigger severity title openedBy { id } watcherIds vendor { id } isPartnerVisible dueAt";
    expect(await seeEscalation(of.lead, escalationGid(of, raised!.id), fields)).toEqual({
      state: "OPEN", trigger: "CRITICAL_ERROR", severity: "SEV2", title: "A critical error", openedBy: null, watcherIds: [],
      vendor: { id: globalId("Vendor", of.project.vendors[0]!.id) }, isPartnerVisible: false, dueAt: expect.any(String),
    });
    expect(await signalsOf(raised!.id)).toEqual([{ measure: "ERROR_RATE", value: 0.2, low: 0.1, high: 0.3, n: 50, threshold: 0.05, details: { audits: 50 }, rule: null }]);
    expect(Object.keys(await clocksOf(of, raised!.id)).sort()).toEqual(["ACK", "ACTIONS", "CONTAIN", "RCA"]);
  });

  test("of one that is open are added to it, also within a batch; once it is over, they open another", async () => {
    const about = [randomUUID()];
    const [first, second, other] = await raise(signal({ about }), signal({ about }), signal({ about, vendorId: null }));
    expect([first!.isNew, second!.isNew, other!.isNew]).toEqual([true, false, true]);
    expect([second!.id === first!.id, other!.id === first!.id]).toEqual([true, false]);
    expect(await raise(signal({ about, severity: "SEV1" }))).toEqual([{ ...first, isNew: false }]);
    expect(await signalsOf(first!.id)).toHaveLength(3);
    expect((await toldOf(world, first!.id)).map(({ type }) => type)).toEqual(["escalation.open", "escalation.addSignal", "escalation.addSignal"]);
    await onEscalation(of.lead, "rejectEscalation", escalationGid(of, first!.id), { reason: "Noise." });
    const [anew] = await raise(signal({ about }));
    expect([anew!.isNew, anew!.id === first!.id]).toEqual([true, false]);
  });

  test("are the staff's alone, and so is that more were seen", async () => {
    const about = [randomUUID()];
    const { id } = (await raise(signal({ about })))[0]!;
    await onEscalation(of.lead, "shareWithPartner", escalationGid(of, id), {});
    await raise(signal({ about }));
    const told = async (by: Caller) => {
      const { signals, timeline } = await seeEscalation(by, escalationGid(of, id), "signals { totalCount } timeline { nodes { type } }");
      return [signals.totalCount, timeline.nodes.map(({ type }: any) => type)];
    };
    await allSealed(world, of.project.projectId);
    expect(await told(of.lead)).toEqual([2, ["escalation.open", "escalation.shareWithPartner", "escalation.addSignal"]]);
    expect(await told(of.manager)).toEqual([0, ["escalation.shareWithPartner"]]);
  });

  test("of one problem that are seen at the same time open one escalation", async () => {
    const about = [randomUUID()];
    const raised = (await Promise.all(Array.from({ length: 4 }, () => raise(signal({ about }))))).flat();
    expect(new Set(raised.map(({ id }) => id)).size).toBe(1);
    expect(raised.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test("take so many statements, however many they are", async () => {
    const count = async (...signals: Signal[]) => {
      statements.length = 0;
      await raise(...signals);
      return statements.length;
    };
    const some = (many: number) => Array.from({ length: many }, () => signal({ about: [randomUUID()] }));
    await count(...some(1));
    const one = await count(...some(1));
    expect(await count(...some(40))).toBe(one);
    expect(await raise()).toEqual([]);
  });
});

interface Audited {
  id: string;
  sampleId: string;
}

// Published audits, in the order of the specs.
async function auditsOf(specs: AuditSpec[]): Promise<Audited[]> {
  const decisionIds = await makeAudits(world.sql, of.project, specs);
  const rows = await world.sql`select id, sample_id as "sampleId", decision_id as "decisionId" from audits where project_id = ${of.project.projectId}`;
  return decisionIds.map((id) => rows.find(({ decisionId }) => decisionId === id) as unknown as Audited);
}

describe("evidence", () => {
  const link = (by: Caller, id: string, evidenceIds: string[], note?: string) =>
    onEscalation(by, "linkEvidence", id, { evidenceIds, note }, "escalation { version links { nodes { id subjectType note addedBy { id } subject { __typename id } } } }");
  const linksFor = async (by: Caller, id: string) => {
    const found = await seeEscalation(by, id, "links { totalCount nodes { id subjectType note subject { id } } }");
    expect(found.links.totalCount).toBe(found.links.nodes.length);
    return found.links.nodes;
  };

  test("is linked once, with a note, and taken away again", async () => {
    const id = escalationGid(of, await makeEscalation(of));
    const [audit] = await auditsOf([{}]);
    const auditId = inProject("Audit", of.project.projectId, audit!.id);
    const { escalation } = await link(of.policyManager, id, [auditId, auditId], "Left up.");
    expect(escalation.links.nodes).toMatchObject([{ subjectType: "Audit", note: "Left up.", subject: { __typename: "Audit", id: auditId } }]);
    expect((await link(of.lead, id, [auditId], "Again.")).escalation.links.nodes).toHaveLength(1);
    const linkId = escalation.links.nodes[0].id;
    await onEscalation(of.owner, "unlinkEvidence", id, { linkId });
    expect(await of.owner.refused("unlinkEvidence", { escalationId: id, linkId })).toMatchObject({ code: "NOT_FOUND" });
    expect((await toldOf(world, rawId(id))).map(({ type }) => type)).toEqual(["escalation.linkEvidence", "escalation.linkEvidence", "escalation.unlinkEvidence"]);
  });

  test("is seen by who sees the object too, on every path", async () => {
    const [one, two] = of.project.vendors;
    const id = escalationGid(of, await makeEscalation(of));
    const [{ id: theirs, sampleId: sample }, { id: foreign }] = (await auditsOf([{ vendor: one! }, { vendor: two! }])) as [Audited, Audited];
    const gid = (type: string, key: string) => inProject(type, of.project.projectId, key);
    await link(of.lead, id, [gid("Audit", theirs), gid("Audit", foreign), gid("Sample", sample)], "Look.");
    const all = await linksFor(of.lead, id);
    expect(all.map(({ subjectType }: any) => subjectType)).toEqual(["Audit", "Audit", "Sample"]);
    expect((await linksFor(of.vendorQa, id)).map(({ subject }: any) => subject.id)).toEqual([gid("Audit", theirs)]);
    expect((await linksFor(of.analyst, id)).map(({ note }: any) => note)).toEqual([null, null, null]);
    // Nor does what happened say how many are hidden.
    await allSealed(world, of.project.projectId);
    const { timeline } = await seeEscalation(of.manager, id, "timeline { nodes { type payload } }");
    expect(timeline.nodes).toEqual([{ type: "escalation.linkEvidence", payload: {} }]);
    const nodes = await of.manager.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: all.map((each: any) => each.id) });
    expect(nodes.nodes.map((node: any) => node?.id ?? null)).toEqual([all[0].id, null, null]);
    const opened = await openBy(of.manager, of, { evidenceIds: [gid("Audit", theirs)] });
    expect(await linksFor(of.manager, opened.id)).toHaveLength(1);
    const hidden = { escalationId: opened.id, evidenceIds: [gid("Audit", theirs), gid("Audit", foreign)] };
    expect(await of.manager.refused("linkEvidence", hidden)).toMatchObject({ code: "NOT_FOUND", path: ["evidenceIds", "1"] });
    const [linkId] = (await linksFor(of.manager, opened.id)).map((each: any) => each.id);
    await onEscalation(of.manager, "unlinkEvidence", opened.id, { linkId });
  });

  test("of another project, of no linkable type, or too much of it is refused", async () => {
    const id = escalationGid(of, await makeEscalation(of));
    const refuse = (evidenceIds: string[]) => of.lead.refused("linkEvidence", { escalationId: id, evidenceIds });
    expect(await refuse([])).toMatchObject({ code: "INVALID_INPUT", path: ["evidenceIds"] });
    expect(await refuse([inProject("Audit", newId(new Date()), randomUUID())])).toMatchObject({ code: "INVALID_INPUT", path: ["evidenceIds", "0"] });
    expect(await refuse([personOf(of.lead)])).toMatchObject({ code: "INVALID_INPUT", path: ["evidenceIds", "0"] });
    expect(await refuse(Array.from({ length: 101 }, () => id))).toMatchObject({ code: "INVALID_INPUT", path: ["evidenceIds"] });
    expect((await link(of.lead, id, [escalationGid(of, await makeEscalation(of))])).escalation.links.nodes).toMatchObject([{ subjectType: "Escalation" }]);
  });
});

describe("the reply to what waits", () => {
  const reply = () => doAll(pool, resumeAnswered);
  const waiting = async (waitsFor: "PARTNER" | "POLICY") => {
    const row = await makeEscalation(of, { state: "TRIAGED" });
    const id = escalationGid(of, row);
    const wait = () => onEscalation(of.owner, "waitEscalation", id, { waitsFor, reason: "What do they say?" });
    await wait();
    return { row, id, wait, stateNow: async () => (await seeEscalation(of.lead, id, "state")).state };
  };
  const say = (by: Caller, subjectId: string, visibility = "PARTNER") => by.verb("postMessage", { subjectId, visibility, text: "So it is." }, "thread { id }");

  test("of the vendor takes an escalation back to where it was, not one that an analysis is asked for, nor what others say", async () => {
    const { row, id, wait, stateNow } = await waiting("PARTNER");
    await say(of.lead, id);
    await say(of.lead, id, "INTERNAL");
    expect([await reply(), await stateNow()]).toEqual([0, "WAITING_PARTNER"]);
    await say(of.vendorQa, id);
    expect([await reply(), await stateNow()]).toEqual([1, "TRIAGED"]);
    expect((await toldOf(world, row)).at(-1)).toMatchObject({ type: "escalation.triaged", from: "WAITING_PARTNER", to: "TRIAGED", actorId: SYSTEM_PRINCIPAL_ID });
    await wait();
    expect([await reply(), await stateNow()]).toEqual([0, "WAITING_PARTNER"]);
    const asked = escalationGid(of, await makeEscalation(of));
    await onEscalation(of.owner, "requestPartnerRca", asked);
    await say(of.manager, asked);
    expect(await reply()).toBe(0);
  });

  test("to a linked question of policy does too", async () => {
    const { id, stateNow } = await waiting("POLICY");
    const ask = { projectId: globalId("Project", of.project.projectId), policyId: globalId("Policy", of.project.policies.hate), title: "Quotes", question: "Is a quote hate?" };
    const { policyQuestion } = await of.lead.verb<any>("askQuestion", ask, "policyQuestion { id }");
    await onEscalation(of.owner, "linkEvidence", id, { evidenceIds: [policyQuestion.id] });
    const question = { policyQuestionId: policyQuestion.id };
    await of.policyManager.verb("assignQuestion", question, "policyQuestion { id }");
    expect([await reply(), await stateNow()]).toEqual([0, "WAITING_POLICY"]);
    await of.policyManager.verb("answerQuestion", { ...question, answer: "It is not." }, "policyQuestion { id }");
    expect([await reply(), await stateNow()]).toEqual([1, "TRIAGED"]);
  });

  test("is heard of when it is given", () => {
    const [task] = signalTasks;
    const event = (type: string, subjectType = "") => ({ projectId: "", seq: 1, type, subjectType: "", subjectId: "", payload: { subjectType } });
    expect(task!.dueAfter(event("thread.postMessage", "Escalation"))).toEqual(new Date(0));
    expect(task!.dueAfter(event("thread.postMessage", "Appeal"))).toBeNull();
    expect(task!.dueAfter(event("policy_question.answered"))).toEqual(new Date(0));
    expect(task!.dueAfter(event("policy_question.assigned"))).toBeNull();
  });
});
