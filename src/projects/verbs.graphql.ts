import { ClockAllowanceInput, Weekday } from "../calendars/graphql.ts";
import { builder } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { AppealTier, PeriodKind, Project, Publication } from "./graphql.ts";
import type { GivenSettings } from "./rules.ts";
import { changeProject, type ChangedProject, createProject, type NewProject } from "./service.ts";
import { projectEntity } from "./table.ts";

const SettingsInput = builder.inputRef<GivenSettings>("ProjectSettingsInput").implement({
  description: "Settings of a project's own. Absent ones stay as they are; null returns to the default.",
  fields: (t) => ({
    publication: t.field({ type: Publication, description: "How audits are published. What was submitted before keeps to what was set then." }),
    publishDelayMinutes: t.int({ description: "Minutes from submission to publication of an audit: 0 (at once) to 10080." }),
    leaseMinutes: t.int({ description: "Minutes that a claimed sample stays with its auditor: 1 to 1440." }),
    weekStartsOn: t.field({ type: Weekday, description: "First day of a reported week." }),
    goldenMaxExposures: t.int({ description: "Decisions on a golden item's content after which it is retired: 1 to 1000000." }),
    periodKinds: t.field({ type: [PeriodKind], description: "What reporting periods are opened as they end; each once, empty for none." }),
    closeAfterBusinessDays: t.int({
      description: "On which business day after its end, or reopening, a period closes by itself: 1 to 60. Periods there are keep theirs.",
    }),
    appealTiers: t.field({
      type: [AppealTier], description: "What appeals of the client's audits go through: in order, each once, with L2 or L3. An appeal in a tier stays there.",
    }),
    hasTeamIndependence: t.boolean({ description: "Whether nobody may rule on an appeal whose grant names the team of its labeler, appellant or auditor." }),
    minCoverageRate: t.float({ description: "Share of a frame that must lie in strata with audits, for figures over it to have a value: 0.5 to 1. Frozen reports keep theirs." }),
    labelerMinAudits: t.int({ description: "Audits from which on LABELER_COVERAGE counts a labeler as covered: 1 to 1000. Frozen reports keep theirs." }),
    recurrenceDays: t.int({ description: "Days within which ESCALATION_RECURRENCE counts the same problem, opened again: 1 to 730." }),
    clockAllowances: t.field({
      type: [ClockAllowanceInput],
      description: "How long things may take, each named once; they take the place of all that the project has set before. What runs already keeps what it was given.",
    }),
  }),
});

defineVerb<NewProject, RowPayload>("createProject", {
  description: "Adds a client programme. Grants for all projects cover it within a second.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-". Never changes.' }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    timeZone: t.string({ required: true, description: "IANA time zone of its reported days, such as Asia/Jakarta." }),
    settings: t.field({ type: SettingsInput, description: "Settings of its own; defaults where absent." }),
  }),
  payload: (t) => ({ project: rowField(t, projectEntity, Project, "The new project.") }),
  resolve: (input, context) => context.perform("createProject", input, (verb) => createProject(verb, input)),
});

defineVerb<ChangedProject & { id: string }, RowPayload>("changeProject", {
  description: "Changes a project; absent and null fields stay. ADMIN; the settings also QA_LEAD of the project.",
  for: { roles: ["ADMIN", "QA_LEAD"] },
  input: (t) => ({
    id: t.id({ required: true, description: "The project." }),
    name: t.string({ description: "1 to 200 characters." }),
    timeZone: t.string({ description: "IANA time zone. Figures already computed by days of the old one are not computed again." }),
    settings: t.field({ type: SettingsInput, description: "Settings to change." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ project: rowField(t, projectEntity, Project, "The project.") }),
  resolve: (input, context) => {
    const key = keyOf(projectEntity, input.id, ["id"]);
    return context.perform("changeProject", input, (verb) => changeProject(verb, key, input));
  },
});
