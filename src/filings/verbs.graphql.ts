import { Appeal } from "../appeals/graphql.ts";
import { APPEALING } from "../appeals/rules.ts";
import { appealCaseEntity, appealEntity, type AppealCaseRow } from "../appeals/table.ts";
import { auditListType } from "../audits/graphql.ts";
import { auditEntity } from "../audits/table.ts";
import type { BulkItem } from "../core/bulk.ts";
import { decodeId, decodeProjectId, encodeId, type ProjectKey } from "../core/ids.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { BulkItemType, defineBulkVerb } from "../graphql/bulk.ts";
import { rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { criterionEntity } from "../scorecards/table.ts";
import { draftAppeal, draftAppeals, saveAppealDraft, type Words } from "./drafts.service.ts";
import { AppealCase } from "./graphql.ts";
import { fileAppeal, fileAppealCase, openAppealCase } from "./service.ts";

const ContestInput = builder.inputType("AppealCriterionInput", {
  description: "A criterion that an appeal contests.",
  fields: (t) => ({
    criterionId: t.id({ required: true, description: "A criterion that the audit's latest verdict has a finding on, whatever its result." }),
    argument: t.string({ description: "Why, 1 to 2,000 characters; absent where the appeal's reason says it all." }),
  }),
});

interface WordsInput {
  reason?: string | null;
  evidence?: string[] | null;
  criteria?: { criterionId: string; argument?: string | null }[] | null;
  appealCaseId?: string | null;
}

const MEANWHILE = "may be left for saveAppealDraft, but not when it is filed";

const reasonAndEvidence = (t: InputFields) => ({
  reason: t.string({ description: `Why the audit is wrong, 1 to 2,000 characters; ${MEANWHILE}.` }),
  evidence: t.stringList({ description: `References to what shows it, at most 20 of 1 to 2,000 characters, never content itself; ${MEANWHILE}.` }),
});

const wordFields = (t: InputFields) => ({
  ...reasonAndEvidence(t),
  criteria: t.field({ type: [ContestInput], description: "What is contested, beside the decision as a whole. Of a new draft, what the verdict found wrong if absent." }),
  appealCaseId: t.id({ description: "A case of the same project, layer and vendor, to be contested with others." }),
});

function readWords({ reason, evidence, criteria, appealCaseId }: WordsInput): Words & { caseKey: ProjectKey | null } {
  const contests = criteria?.map(({ criterionId, argument }, i) =>
    ({ criterionId: decodeId(criterionEntity.name, criterionId, ["criteria", String(i), "criterionId"]).id, argument }));
  return { reason, evidence, criteria: contests, caseKey: appealCaseId == null ? null : caseKey(appealCaseId) };
}

const caseKey = (id: string) => decodeProjectId(appealCaseEntity.name, id, ["appealCaseId"]);
const appealKey = (id: string) => decodeProjectId(appealEntity.name, id, ["appealId"]);

const WHO = "LABELER of their own decisions; VENDOR_QA, VENDOR_MANAGER of their vendor's.";

defineVerb<WordsInput & { auditId: string }, RowPayload>("draftAppeal", {
  description:
    "Begins an appeal of an audit that is PUBLISHED or ACKNOWLEDGED and found the decision wrong or its score less than full, while its window lasts and no other is open. " +
    `Only the labeler's side sees it until it is filed. ${WHO}`,
  for: { roles: APPEALING },
  input: (t) => ({ auditId: t.id({ required: true, description: "The audit." }), ...wordFields(t) }),
  payload: (t) => ({ appeal: rowField(t, appealEntity, Appeal, "The appeal.") }),
  resolve: (input, context) => {
    const key = decodeProjectId(auditEntity.name, input.auditId, ["auditId"]);
    const words = readWords(input);
    return context.perform("draftAppeal", input, (verb) => draftAppeal(verb, key, words));
  },
});

defineVerb<WordsInput & { appealId: string; expectedVersion?: number | null }, RowPayload>("saveAppealDraft", {
  description: "Changes what a draft says; what is absent stays. Its appellant.",
  for: { roles: APPEALING },
  input: (t) => ({ appealId: t.id({ required: true, description: "The appeal." }), ...wordFields(t), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ appeal: rowField(t, appealEntity, Appeal, "The appeal.") }),
  resolve: (input, context) => {
    const key = appealKey(input.appealId);
    const words = readWords(input);
    return context.perform("saveAppealDraft", input, (verb) => saveAppealDraft(verb, key, words, input.expectedVersion));
  },
});

defineVerb<{ appealId: string; expectedVersion?: number | null }, RowPayload>("fileAppeal", {
  description:
    "Files a draft that has a reason, evidence and, where the verdict has findings, contested criteria, before its audit's window ends. It comes to L1_REVIEW; to L2_REVIEW where " +
    "the vendor itself raises it in layer CLIENT; to the next tier that the project has. The audit is APPEALED until it has ended. Its appellant.",
  for: { roles: APPEALING },
  input: (t) => ({ appealId: t.id({ required: true, description: "The appeal." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ appeal: rowField(t, appealEntity, Appeal, "The appeal.") }),
  resolve: (input, context) => {
    const key = appealKey(input.appealId);
    return context.perform("fileAppeal", input, (verb) => fileAppeal(verb, key, input.expectedVersion));
  },
});

defineVerb<{ projectId: string; layer: AppealCaseRow["layer"]; title: string }, RowPayload>("openAppealCase", {
  description: `Opens a case, in which up to 500 audits are contested together. ${WHO}`,
  for: { roles: APPEALING },
  input: (t) => ({
    projectId: t.id({ required: true, description: "In which project." }),
    layer: t.field({ type: AuditLayer, required: true, description: "Whose audits it is to contest." }),
    title: t.string({ required: true, description: "What it is about, in a line of 1 to 200 characters." }),
  }),
  payload: (t) => ({ appealCase: rowField(t, appealCaseEntity, AppealCase, "The case.") }),
  resolve: (input, context) => {
    const projectId = decodeId(projectEntity.name, input.projectId, ["projectId"]).id;
    return context.perform("openAppealCase", input, (verb) => openAppealCase(verb, { ...input, projectId }));
  },
});

defineBulkVerb("draftAppeals", {
  description: `Begins appeals of audits in one case, as draftAppeal does; of each what its verdict found wrong is contested. ${WHO}`,
  for: { roles: APPEALING },
  list: auditListType,
  ids: "auditIds",
  input: (t) => ({ appealCaseId: t.id({ required: true, description: "The case: of the project, layer and vendor of all of them." }), ...reasonAndEvidence(t) }),
  run: (verb, targets, { appealCaseId, reason, evidence, isDryRun }: WordsInput & { appealCaseId: string; isDryRun: boolean }) =>
    draftAppeals(verb, targets, { reason, evidence, caseKey: caseKey(appealCaseId), isDryRun }),
});

interface CaseFiled extends RowPayload {
  items: BulkItem[];
}

defineVerb<{ appealCaseId: string; expectedVersion?: number | null }, CaseFiled>("fileAppealCase", {
  description: "Files the viewer's drafts of a case, each under the rules of fileAppeal; those that can't be filed stay drafts.",
  for: { roles: APPEALING },
  input: (t) => ({ appealCaseId: t.id({ required: true, description: "The case." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({
    appealCase: rowField(t as never, appealCaseEntity, AppealCase, "The case."),
    items: t.field({
      type: [BulkItemType], description: "An answer for each of its drafts, by their ids.",
      resolve: ({ items }) => items.map(({ projectId, id, ...item }) => ({ ...item, id: encodeId(appealEntity.name, { projectId, id }) })),
    }),
  }),
  resolve: (input, context) => {
    const key = caseKey(input.appealCaseId);
    return context.perform("fileAppealCase", input, (verb) => fileAppealCase(verb, key, input.expectedVersion));
  },
});
