import { assignCalendar, createBusinessCalendar } from "../calendars/service.ts";
import { SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import { identityOf } from "../db/identity.ts";
import { withRole } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import { upsertLabelers } from "../labelers/roster.service.ts";
import { assignLabeler, moveAlong } from "../labelers/service.ts";
import { NO_VIOLATION_ID } from "../policies/rules.ts";
import { addProjectPolicies, createPolicy } from "../policies/service.ts";
import { importPolicyVersions } from "../policies/versions.service.ts";
import { createQueue } from "../projects/queues.service.ts";
import { createProject } from "../projects/service.ts";
import { createErrorCodes, createScorecard } from "../scorecards/service.ts";
import { createMarket, createSite, createTeam, createVendor } from "../vendors/service.ts";
import type { LabelerPlan } from "../story/labelers.rules.ts";
import { MARKETS, MORE_AUDITORS, OFFICE, PRINCIPALS, PROJECTS, SITES, VENDORS } from "../story/organisation.rules.ts";
import { NO_VIOLATION, POLICIES, UPDATED_POLICY } from "../story/policies.rules.ts";
import { CLOSE_AFTER_BUSINESS_DAYS, dateOf, type DemoOptions, SCORECARD, startOf, UPDATED_ON_DAY } from "../story/rules.ts";
import { CRITERIA, ERROR_CODES } from "../story/scorecard.rules.ts";
import { accountsOf, idsBy, type Places, setAccounts, setPrincipals, setTargets } from "./people.service.ts";

/** What the history of the demo stands on. */
export interface Stage extends Places {
  principals: Map<string, string>;
  /** Whose labelers' accounts are, by the labeler's reference. */
  accounts: Map<string, string>;
}

/** Does a part of the verb's transaction as another viewer, at another time of the story. */
export async function actAs<T>(verb: Verb, viewer: Viewer, now: Date, work: (verb: Verb) => Promise<T>): Promise<T> {
  return withRole(verb.db, identityOf(viewer), (db) => work({ db, viewer, now }));
}

/** One of the people who act in all projects, by their subject. */
export function personOf(stage: Stage, subject: string): Viewer {
  const { role, vendor } = [...PRINCIPALS, ...MORE_AUDITORS].find((each) => each.subject === subject)!;
  const vendorId = vendor && stage.vendors.get(vendor)!;
  return { ...SYSTEM_VIEWER, principalId: stage.principals.get(subject)!, role, vendorId, projectIds: [...stage.projects.values()] };
}

/** The lead of all projects. */
export function leadOf(stage: Stage): Viewer {
  return personOf(stage, "qaLead");
}

async function setVendors(verb: Verb): Promise<Map<string, string>> {
  const vendors = await idsBy(VENDORS, ({ code }) => code, (vendor) => createVendor(verb, { ...vendor, kind: "EXTERNAL" }));
  for (const site of SITES) {
    const { id: siteId } = await createSite(verb, { vendorId: vendors.get(site.vendor)!, code: site.code, name: site.name, timeZone: site.timeZone });
    for (const name of site.teams) await createTeam(verb, { siteId, code: name.toUpperCase(), name });
  }
  return vendors;
}

async function setPolicies(verb: Verb, updatedAt: Date): Promise<Map<string, string>> {
  const effectiveFrom = new Date(verb.now.getTime() - 365 * 86_400_000);
  const ids = new Map([[NO_VIOLATION, NO_VIOLATION_ID]]);
  for (const { action: _, parent, ...policy } of POLICIES) {
    const { id } = await createPolicy(verb, { ...policy, parentId: parent && ids.get(parent)!, effectiveFrom });
    ids.set(policy.code, id);
  }
  const update = {
    policyId: ids.get(UPDATED_POLICY)!, market: null, semver: "2.0.0", effectiveFrom: updatedAt, effectiveTo: null, graceHours: 72, isMandatory: true,
    diff: "Coded terms and emoji that stand for a protected group now count, even without a slur.",
  };
  await importPolicyVersions({ ...verb, now: updatedAt }, [update]);
  return ids;
}

// Of one of them the client keeps office hours; holidays are those of the story's years.
async function setMarkets(verb: Verb): Promise<void> {
  const markets = await idsBy(MARKETS, ({ code }) => code, (market) => createMarket(verb, market));
  const { market, opens, closes, holidays, ...place } = OFFICE;
  const hours = (["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"] as const).map((weekday) => ({ weekday, opens, closes }));
  const years = [0, 1].map((later) => verb.now.getUTCFullYear() + later);
  const days = years.flatMap((year) => holidays.map(([day, name]) => ({ heldOn: `${year}-${day}`, name })));
  const { id: calendarId } = await createBusinessCalendar(verb, { ...place, hours, holidays: days });
  await assignCalendar(verb, "Market", { projectId: null, id: markets.get(market)! }, calendarId, null);
}

async function setProjects(verb: Verb, policies: ReadonlyMap<string, string>): Promise<Pick<Stage, "projects" | "queues">> {
  await setMarkets(verb);
  const { id: scorecardId } = await createScorecard(verb, { code: SCORECARD, name: "Moderation", criteria: CRITERIA });
  await createErrorCodes(verb, scorecardId, ERROR_CODES);
  const projects = await idsBy(PROJECTS, ({ code }) => code, ({ code, name, timeZone }) =>
    createProject(verb, { code, name, timeZone, settings: { closeAfterBusinessDays: CLOSE_AFTER_BUSINESS_DAYS } }));
  const queues = new Map<string, string>();
  for (const project of PROJECTS) {
    const projectId = projects.get(project.code)!;
    await addProjectPolicies(verb, projectId, [...policies.values()]);
    for (const { code, name, modality, slaMinutes } of project.queues) {
      const queue = await createQueue(verb, { projectId, code, name, market: project.market, modality, slaMinutes, scorecardId });
      queues.set(`${project.code}/${code}`, queue.id);
    }
  }
  return { projects, queues };
}

async function setLabelers(verb: Verb, { now }: DemoOptions, plans: readonly LabelerPlan[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const zoneOf = (plan: LabelerPlan) => SITES.find((site) => site.code === plan.site)!.timeZone;
  for (const { code: vendorCode } of VENDORS) {
    const rows = plans.filter((plan) => plan.vendor === vendorCode).map((plan) => ({
      externalRef: plan.ref, name: plan.name, kind: plan.kind, siteCode: plan.site, teamCode: plan.team.toUpperCase(),
      hiredOn: dateOf(zoneOf(plan), now, plan.hiredOnDay),
      initialStatus: plan.liveOnDay === null ? ("PRODUCTION" as const) : ("NESTING" as const),
    }));
    const { results } = await upsertLabelers(verb, { vendorCode, rows });
    for (const { externalRef, labelerId } of results) ids.set(externalRef, labelerId!);
  }
  return ids;
}

// On their queues since they were hired; joiners live when their week of nesting is over.
async function setToWork(verb: Verb, { now }: DemoOptions, stage: Stage, plans: readonly LabelerPlan[]): Promise<void> {
  for (const plan of plans) {
    const { timeZone } = PROJECTS.find((project) => project.code === plan.project)!;
    const labelerId = stage.labelers.get(plan.ref)!;
    const queue = { projectId: stage.projects.get(plan.project)!, id: stage.queues.get(`${plan.project}/${plan.queue}`)! };
    await assignLabeler(verb, { labelerId, queue, kind: "PRIMARY", from: startOf(timeZone, now, plan.hiredOnDay) });
    if (plan.liveOnDay === null) continue;
    await actAs(verb, leadOf(stage), startOf(timeZone, now, plan.liveOnDay), (lead) => moveAlong(lead, "goLive", { labelerId }));
  }
}

/** Sets up everything that the story takes for granted, through the product's own verbs, as an administrator a month before it begins. */
export async function setStage(verb: Verb, options: DemoOptions, plans: readonly LabelerPlan[]): Promise<Stage> {
  const then = { ...verb, now: startOf("UTC", options.now, -30) };
  const vendors = await setVendors(then);
  const policies = await setPolicies(then, startOf("UTC", options.now, UPDATED_ON_DAY));
  const { projects, queues } = await setProjects(then, policies);
  const labelers = await setLabelers(then, options, plans);
  const principals = await setPrincipals(then, { vendors, projects, queues, policies, labelers }, plans);
  const stage = { vendors, projects, queues, policies, labelers, principals, accounts: accountsOf(plans) };
  await setAccounts(then, stage, plans);
  await setToWork(then, options, stage, plans);
  await actAs(then, leadOf(stage), then.now, (lead) => setTargets(lead, projects, principals));
  return stage;
}
