import { Forbidden } from "../core/errors.ts";
import { decodeId } from "../core/ids.ts";
import { isPartner, type Role, type Viewer } from "../core/viewer.ts";
import { Decision } from "../decisions/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Labeler } from "../labelers/graphql.ts";
import { Policy } from "../policies/graphql.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { AuditLayer, SamplePurpose } from "../plans/graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Modality, Queue } from "../projects/queues.graphql.ts";
import { Sample } from "../samples/graphql.ts";
import { ScorecardVersion } from "../scorecards/graphql.ts";
import { Market } from "../vendors/graphql.ts";
import { mayReadWords, maySeePurposes, possibleActions, seesDouble, seesPurpose } from "./publication.rules.ts";
import { checkReading, isBlindTo, mayRead } from "./rules.ts";
import { type AuditFilter, auditList } from "./store.ts";
import { AUDIT_ROLES, AUDIT_STATES, auditEntity, type AuditRow, ERROR_CAUSES } from "./table.ts";

export const Audit = entityRef(auditEntity);

const AuditRole = builder.enumType("AuditRole", {
  description: "Which audit of its sample it is.",
  values: {
    PRIMARY: { description: "The first." },
    SECOND: { description: "A second one, blind to the first." },
    ATA: { description: "By an expert, of the audit itself." },
  } satisfies Record<(typeof AUDIT_ROLES)[number], object>,
});

const AuditState = builder.enumType("AuditState", {
  description: "Where an audit stands.",
  values: {
    DRAFT: { description: "Claimed; the truth is open." },
    REVEALED: { description: "The truth is locked, and the auditor sees the decision." },
    SUBMITTED: { description: "Complete; waits for publication." },
    DOUBLE_PENDING: { description: "Waits for its second audit." },
    ADJUDICATION: { description: "Two auditors differ; waits for a third." },
    PUBLISHED: { description: "Seen by vendor and labeler." },
    ACKNOWLEDGED: { description: "Seen and acknowledged by them." },
    APPEALED: { description: "Contested." },
    FINAL: { description: "Can no longer be contested." },
    VOIDED: { description: "Counts for nothing." },
  } satisfies Record<(typeof AUDIT_STATES)[number], object>,
});

export const ErrorCause = builder.enumType("ErrorCause", {
  description: "Why a labeler erred.",
  values: {
    KNOWLEDGE_GAP: { description: "They didn't know the rule." },
    OVERSIGHT: { description: "They knew it, and overlooked something." },
    POLICY_UNCLEAR: { description: "The policy can be read otherwise." },
    POLICY_CHANGE: { description: "The policy had just changed." },
    LOCAL_CONTEXT: { description: "Language or local knowledge was missing." },
    TOOL: { description: "The tool got in the way." },
    OTHER: { description: "Something else; a note says what." },
  } satisfies Record<(typeof ERROR_CAUSES)[number], object>,
});

const WHEN_REVEALED = "Null for its auditor until the truth is locked.";

// Words for people: analysts read none.
function words(t: Fields<AuditRow>, name: "comment" | "guidance" | "acknowledgement", description: string) {
  return t.string({
    nullable: true,
    description: `${description} Analysts don't see it.`,
    ...shownTo(mayReadWords),
    resolve: (row, _, { viewer }) => (mayReadWords(viewer) ? row[name] : null),
  });
}

const readsVoids = (viewer: Viewer) => mayReadWords(viewer) && !isPartner(viewer);

function when(t: Fields<AuditRow>, name: "revealedAt" | "submittedAt" | "publishDueAt" | "publishedAt" | "windowDueAt" | "acknowledgedAt", description: string) {
  return t.expose(name, { type: "DateTime", nullable: true, description });
}

const REVEALED = { isVisible: (viewer: Viewer, row: AuditRow) => !isBlindTo(viewer, row), reads: ["auditorId", "isBlind", "revealedAt"] } as const;

defineEntity(Audit, {
  isFor: mayRead,
  description: "A judgement of a sampled decision. Auditors see their own and published ones, partners published ones of their vendor and their own layer's.",
  fields: (t) => ({
    state: t.expose("state", { type: AuditState, description: "Where it stands." }),
    role: t.expose("role", { type: AuditRole, description: "Which audit of its sample it is." }),
    layer: t.expose("layer", { type: AuditLayer, description: "Whose audit it is." }),
    isBlind: t.exposeBoolean("isBlind", { description: "The auditor sees neither decision nor labeler before the truth is locked." }),
    contentRef: t.exposeString("contentRef", { description: "Where the content is; never the content itself." }),
    contentHash: t.string({ description: "SHA-256 in hex that tells equal content.", resolve: (row) => row.contentHash.toString("hex") }),
    modality: t.expose("modality", { type: Modality, description: "The kind of content." }),
    language: t.exposeString("language", { nullable: true, description: "BCP 47 tag of the content; null if unknown." }),
    purpose: t.field({
      type: SamplePurpose,
      nullable: true,
      description: "Why its decision was drawn. Null for auditors, partners and labelers.",
      ...shownTo(maySeePurposes),
      resolve: (row, _, { viewer }) => (seesPurpose(viewer, row) ? row.purpose : null),
    }),
    isDouble: t.boolean({
      nullable: true,
      description: "A second auditor judges its decision too. Null for its auditor until it is submitted, for partners and labelers.",
      ...shownTo((viewer) => !isPartner(viewer)),
      resolve: (row, _, { viewer }) => (seesDouble(viewer, row) ? row.isDouble : null),
    }),
    comment: words(t, "comment", "The auditor's words; null if none."),
    guidance: words(t, "guidance", "What the labeler should do another time; null if there is nothing to say."),
    revealedAt: when(t, "revealedAt", "When the truth was locked; null before."),
    submittedAt: when(t, "submittedAt", "When it was submitted; null before."),
    publishDueAt: when(t, "publishDueAt", "When it is published by itself; null before it is submitted, and where its project publishes in batches."),
    publishedAt: when(t, "publishedAt", "When it was published; null before."),
    windowDueAt: when(t, "windowDueAt", "Until when labeler and vendor may contest it: so long after publication, by default 48 open hours (settings.clockAllowances), by the calendar of the labeler's site or vendor. Null before."),
    acknowledgedAt: when(t, "acknowledgedAt", "When its labeler or their vendor's QA acknowledged it; null if nobody did, or not since a correction for the worse."),
    isAutoAcknowledged: t.exposeBoolean("isAutoAcknowledged", { description: "Nobody had acknowledged it when its window ended." }),
    proposedCause: t.expose("proposedCause", {
      type: ErrorCause, nullable: true, description: "Why the labeler erred, as their vendor's QA sees it; null if nothing was proposed.",
    }),
    acknowledgement: words(t, "acknowledgement", "The words of whoever acknowledged it; null if none."),
    voidReason: t.string({
      nullable: true,
      description: "Why it was voided: a lead's own words, or the code of what became of its sample; null otherwise. Partners, labelers and analysts don't see it.",
      ...shownTo(readsVoids),
      resolve: (row, _, { viewer }) => (readsVoids(viewer) ? row.voidReason : null),
    }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now, also those on its sample or double audit.",
      extensions: { relation: "sample" },
      resolve: (row, _, { viewer, now }) => possibleActions(viewer, row, row.sample ?? null, now),
    }),
    project: one(t, "project", Project, "Whose audit it is."),
    decision: one(t, "decision", Decision, `The decision that it judges. ${WHEN_REVEALED}`),
    decidedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: `When its decision was made. ${WHEN_REVEALED}`,
      extensions: { reads: ["decidedAt", ...REVEALED.reads] },
      resolve: (row, _, { viewer }) => (isBlindTo(viewer, row) ? null : row.decidedAt),
    }),
    labeler: one(t, "labeler", Labeler, `Whose decision it judges; null where the viewer may not see them. ${WHEN_REVEALED}`, REVEALED),
    queue: one(t, "queue", Queue, "The queue of its decision."),
    market: one(t, "marketRow", Market, "The market of its decision."),
    sample: one(t, "sample", Sample, "The sample it judges; null where the viewer may not see it."),
    auditor: one(t, "auditor", Principal, "Whose audit it is. Null unless it is the viewer, or the viewer may see all principals."),
    acknowledgedBy: one(t, "acknowledgedBy", Principal, "Who acknowledged it. Null unless it is the viewer, or the viewer may see all principals."),
    ofAudit: one(t, "ofAudit", Audit, "The first audit, which a second or expert one judges again; null where the viewer may not see it: the second auditor until both are compared."),
    scorecardVersion: one(t, "scorecardVersion", ScorecardVersion, "What it looks at; null where its queue has no published scorecard."),
    policy: one(t, "policy", Policy, `The policy that its labeler chose. ${WHEN_REVEALED}`, REVEALED),
    policyVersion: one(t, "policyVersion", PolicyVersion, `The version of the decision's policy. ${WHEN_REVEALED}`, REVEALED),
    ...versionedFields(t),
  }),
});

interface AuditFilterInput extends Omit<AuditFilter, "unseenBy"> {
  isMine?: boolean | null;
}

const HIDDEN_WHILE_BLIND = ["vendorIds", "labelerIds", "policyIds", "decidedFrom", "decidedTo"] as const satisfies readonly (keyof AuditFilter)[];
const KNOWS_AUDITORS: readonly Role[] = ["ADMIN", "QA_LEAD"];

// A list that is narrowed by what the auditor of a blind audit may not know leaves out the viewer's own of that kind.
function readFilter(input: AuditFilterInput, viewer: Viewer): AuditFilter {
  checkReading(viewer);
  if (input.auditorIds && !KNOWS_AUDITORS.includes(viewer.role)) {
    throw new Forbidden(`filter.auditorIds is of what you may not see as ${viewer.role}.`, ["filter", "auditorIds"]);
  }
  if (input.labelerIds && viewer.role === "POLICY_MANAGER") {
    throw new Forbidden("filter.labelerIds is of what you may not see as POLICY_MANAGER.", ["filter", "labelerIds"]);
  }
  const ids = (type: string, name: "projectIds" | "queueIds" | "vendorIds" | "labelerIds" | "policyIds" | "auditorIds") =>
    input[name]?.map((id) => decodeId(type, id, ["filter", name]).id);
  const { isMine, ...rest } = input;
  const auditorIds = ids("Principal", "auditorIds");
  return {
    ...rest,
    projectIds: ids("Project", "projectIds"),
    queueIds: ids("Queue", "queueIds"),
    vendorIds: ids("Vendor", "vendorIds"),
    labelerIds: ids("Labeler", "labelerIds"),
    policyIds: ids("Policy", "policyIds"),
    auditorIds: isMine ? [viewer.principalId] : auditorIds,
    unseenBy: HIDDEN_WHILE_BLIND.some((name) => input[name] != null) ? viewer.principalId : null,
  };
}

const NARROWS = "Leaves out the viewer's own blind audits whose truth is not locked.";

export const auditListType = defineList(Audit, auditList, {
  orders: { ID: "Order of the claims.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    projectIds: t.idList({ description: "Those of one of these projects." }),
    states: t.field({ type: [AuditState], description: "Those in one of these states." }),
    roles: t.field({ type: [AuditRole], description: "Those that are one of these audits of their sample." }),
    layers: t.field({ type: [AuditLayer], description: "Those of one of these layers." }),
    queueIds: t.idList({ description: "Those of one of these queues." }),
    markets: t.stringList({ description: "Those of one of these markets, by its code." }),
    isMine: t.boolean({ description: "If true, the viewer's own." }),
    auditorIds: t.idList({ description: "Those of one of these principals. ADMIN, QA_LEAD; refused to others." }),
    submittedBefore: t.field({ type: "DateTime", description: "Those submitted before this time." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
    vendorIds: t.idList({ description: `Those of decisions of one of these vendors. ${NARROWS}` }),
    labelerIds: t.idList({ description: `Those of decisions of one of these labelers. Refused to policy managers. ${NARROWS}` }),
    policyIds: t.idList({ description: `Those of decisions for one of these policies. ${NARROWS}` }),
    decidedFrom: t.field({ type: "DateTime", description: `Those of decisions made at this time or later. ${NARROWS}` }),
    decidedTo: t.field({ type: "DateTime", description: `Those of decisions made before this time. ${NARROWS}` }),
  }),
  read: (input: AuditFilterInput, { viewer }) => readFilter(input, viewer),
});

// Below its labeler, an audit's place alone says whose decision it judges.
const revealedListType: typeof auditListType = {
  ...auditListType,
  read: (input, context) => ({ ...auditListType.read(input, context), unseenBy: context.viewer.principalId }),
};

rootList(auditListType, "audits", "Audits the viewer may see.");
builder.objectFields(Project, (t) => ({ audits: childList(t, auditListType, "projectId", "Its audits that the viewer may see.") }));
builder.objectFields(Queue, (t) => ({ audits: childList(t, auditListType, "queueId", "Audits of its decisions that the viewer may see.") }));
builder.objectFields(Labeler, (t) => ({
  audits: childList(t, revealedListType, "labelerId", `Audits of their decisions that the viewer may see. ${NARROWS}`),
}));
builder.objectFields(Decision, (t) => ({ audits: childList(t, revealedListType, "decisionId", `Its audits that the viewer may see. ${NARROWS}`) }));
builder.objectFields(Sample, (t) => ({ audits: childList(t, auditListType, "sampleId", "Its audits that the viewer may see.") }));
