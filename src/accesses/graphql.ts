import { InvalidInput } from "../core/errors.ts";
import { decodeIfGiven, encodeId, type NamedKey } from "../core/ids.ts";
import { type Access, isAmong, type Viewer } from "../core/viewer.ts";
import { ApiClient, Principal, RoleEnum } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { defineList, rootList } from "../graphql/list.ts";
import { type AccessKind, projectsFor, subjectOf, subjectsFor } from "./rules.ts";
import { type AccessFilter, accessList } from "./store.ts";
import { ACCESS_KINDS, ACCESS_OUTCOMES, ACCESS_TRANSPORTS, accessEntity, type AccessRow } from "./table.ts";

const READERS: Access = { roles: ["ADMIN", "QA_LEAD"] };

const AccessLogEntry = entityRef(accessEntity);

const Kind = builder.enumType("AccessKind", {
  description: "Why an operation is logged.",
  values: {
    MUTATION: { description: "It was to change something." },
    REVEAL: { description: "The truth of an audit was locked, whereupon its auditor sees the decision: if the audit is blind, for the first time." },
    EXPORT: { description: "A link to a table was made, or a table was fetched by one." },
    PERSONAL_READ: { description: "Fields that are marked personal were read, or looked for by a filter." },
  } satisfies Record<(typeof ACCESS_KINDS)[number], object>,
});

const Outcome = builder.enumType("AccessOutcome", {
  description: "What came of an operation.",
  values: {
    OK: { description: "It was done: what it changed is committed, what it read was on its way to the caller." },
    REFUSED: { description: "It was refused; nothing was changed." },
    ERROR: { description: "It failed. Where the connection was lost during its commit, the change may stand, and then has a row of its own that is OK." },
  } satisfies Record<(typeof ACCESS_OUTCOMES)[number], object>,
});

const Transport = builder.enumType("AccessTransport", {
  description: "How an operation came.",
  values: {
    HTTP: { description: "As a GraphQL request." },
    WEBSOCKET: { description: "Over a WebSocket; of a subscription, its beginning." },
    SSE: { description: "As a subscription by server-sent events: its beginning." },
    LINK: { description: "As the download of an export." },
    UPLOAD: { description: "As an upload to /import." },
  } satisfies Record<(typeof ACCESS_TRANSPORTS)[number], object>,
});

const Subject = builder.objectRef<NamedKey>("AccessSubject").implement({
  description: "A thing that an operation was about, by name: it may be hidden from the viewer, or not exist.",
  fields: (t) => ({
    type: t.string({ description: "Its GraphQL type, such as Audit.", resolve: ({ type }) => type }),
    id: t.id({ description: "Its id, for `node`.", resolve: ({ type, key }) => encodeId(type, key) }),
  }),
});

defineEntity(AccessLogEntry, {
  description:
    "What somebody did, or saw of people: a row an operation, and of a mutation with several fields a row a field, since each is a transaction of its own. Written before " +
    "its answer leaves, never changed, and hash-chained: `npm run verify` says whether anything is missing. A lead sees the rows of their projects.",
  isFor: (viewer: Viewer) => isAmong(viewer, READERS),
  fields: (t) => ({
    recordedAt: t.field({ type: "DateTime", description: "When it was written down, by the database's clock.", resolve: (row: AccessRow) => row.recordedAt }),
    principal: one(t, "principal", Principal, "Whose rights it was done with."),
    via: one(t, "via", Principal, "The machine client that acted for them; null if they acted themselves."),
    client: one(t, "client", ApiClient, "The API key that was shown, or that the token was issued for. Null with a token of the identity provider, and for leads, who see no others' keys."),
    role: t.field({ type: RoleEnum, description: "The role acted under.", resolve: (row) => row.role }),
    kinds: t.field({ type: [Kind], description: "Why it is logged; at least one.", resolve: (row) => row.kinds as AccessKind[] }),
    operationName: t.exposeString("operation", { nullable: true, description: "The operation's name in its document; null if it has none, and for downloads and uploads." }),
    fields: t.exposeStringList("fields", { description: "The mutation; of a query or subscription its root fields; of a download the table; of an upload its path." }),
    personalFields: t.exposeStringList("personalFields", {
      description: "The personal fields that were answered or looked for, such as Labeler.name; of a mutation, a subscription or a download, those that it selects.",
    }),
    personalCount: t.exposeInt("personalCount", { nullable: true, description: "How many objects' personal fields were answered; null where only what is selected is known." }),
    subjects: t.field({
      type: [Subject],
      description: "What its arguments name by id, what it changed, and whose personal fields it read, where their id was selected too: 500 at most. Of other leads' projects nothing.",
      resolve: ({ subjects }, _, { viewer }) => subjectsFor(viewer, subjects),
    }),
    projectIds: t.field({
      type: ["ID"],
      description: "Ids of the projects it was in, those of the viewer: where nothing named one, all of whoever acted. Empty for an administrator's that named none.",
      resolve: ({ projectIds }, _, { viewer }) => projectsFor(viewer, projectIds).map((id) => encodeId("Project", { projectId: null, id })),
    }),
    outcome: t.field({ type: Outcome, description: "What came of it.", resolve: (row) => row.outcome }),
    code: t.exposeString("code", { nullable: true, description: "Why not, as the caller was told, such as FORBIDDEN; null if OK." }),
    requestId: t.exposeString("requestId", { description: "As the caller was told it, and as the server's own log has it." }),
    transport: t.field({ type: Transport, description: "How it came.", resolve: (row) => row.transport }),
  }),
});

interface FilterInput extends Omit<AccessFilter, "subjects"> {
  subjectId?: string | null;
}

// What is in others' projects is named to nobody, so nothing is found by it.
function readSubject(viewer: Viewer, id: string): NamedKey[] {
  const subject = subjectOf(id);
  if (!subject) throw new InvalidInput(`subjectId: "${id}" is no object's id; take it from an id field.`, ["filter", "subjectId"]);
  return subjectsFor(viewer, [subject]);
}

const listType = defineList(AccessLogEntry, accessList, {
  orders: { ID: "By when it was written down." },
  isNewestFirst: true,
  filter: (t: InputFields) => ({
    principalId: t.id({ description: "What this principal did or saw." }),
    kinds: t.field({ type: [Kind], description: "Those logged for one of these reasons." }),
    subjectId: t.id({ description: "Those about this object, of whatever type, by its id." }),
    outcomes: t.field({ type: [Outcome], description: "Those with one of these outcomes." }),
    recordedFrom: t.field({ type: "DateTime", description: "Those written down at this time or later." }),
    recordedTo: t.field({ type: "DateTime", description: "Those written down before this time." }),
  }),
  read: ({ subjectId, ...input }: FilterInput, { viewer }: Context): AccessFilter => ({
    ...input,
    principalId: decodeIfGiven("Principal", input.principalId, ["filter", "principalId"]),
    subjects: subjectId == null ? null : readSubject(viewer, subjectId),
  }),
});
rootList(listType, "accessLog", "Who did and saw what: administrators see all, leads what was done in their projects.", READERS);
