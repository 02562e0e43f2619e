import { shownTo } from "../graphql/access.ts";
import type { GraphQLResolveInfo } from "graphql";
import { type ProjectKey, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { readPage } from "../core/pages.ts";
import { type Access, isAmong, mayOnly, PEOPLE, type Viewer } from "../core/viewer.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type Fields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadNode, nodeId } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { connectionSelectionOf } from "../graphql/selection.ts";
import { Project } from "../projects/graphql.ts";
import { encodeEventCursor, readEventCursor } from "./cursor.ts";
import { eventEntity, type EventQuery, type EventRow, listEventsByProject, listEventsBySubject, type Numbered } from "./feed.store.ts";

export const Event = entityRef(eventEntity);

const subjectOf = ({ projectId, subjectType, subjectId }: EventRow) => nodeId(subjectType, projectId, subjectId);

const Subject = builder.objectRef<EventRow>("EventSubject").implement({
  description: "What an event is about, by name: the object itself may be hidden from the viewer.",
  fields: (t) => ({
    type: t.string({ description: "Its GraphQL type, such as Audit.", resolve: (row) => row.subjectType }),
    id: t.id({ description: "Its id, for `node`.", resolve: subjectOf }),
  }),
});

/** Who reads and follows events. */
export const READERS: Access = { roles: PEOPLE, scope: "events:read" };

const readsWords = ({ role }: Viewer) => role !== "ANALYST";

defineEntity(Event, {
  isFor: (viewer) => isAmong(viewer, READERS),
  description: "One change of state, recorded in the transaction that made it. Seen by whoever may see its subject.",
  fields: (t) => ({
    type: t.exposeString("type", { description: "`<entity>.<new state>` in lower case, such as audit.published, or `<entity>.<verb>` where the state stays." }),
    cursor: t.field({
      type: "EventCursor",
      description: "Its place in the order of its project's events.",
      extensions: { relation: "seal" },
      resolve: (row) => encodeEventCursor(row.projectId, row.seal!.seq),
    }),
    subject: t.field({ type: Subject, description: "What it is about.", resolve: (row) => row }),
    subjectNode: t.field({
      type: builder.nodeInterfaceRef() as never,
      nullable: true,
      description: "The object it is about, as it is now. Null if the viewer may not see it.",
      resolve: (row: EventRow, _: object, context: Context, info: GraphQLResolveInfo) => loadNode(subjectOf(row), context, info) as never,
    }),
    actor: one(t, "actor", Principal, "Who did it. Null unless it is the viewer, or the viewer may see all principals."),
    via: one(t, "via", Principal, "The machine client that acted for the actor, by a token it exchanged. Null if they acted themselves, or where the actor would be."),
    recordedAt: t.field({ type: "DateTime", description: "When it happened.", resolve: (row) => row.recordedAt }),
    fromState: t.exposeString("fromState", { nullable: true, description: "The state left; null if the subject is new or its state stays." }),
    toState: t.exposeString("toState", { nullable: true, description: "The state entered; null if the state stays." }),
    reason: t.string({
      nullable: true,
      description: "Why, in the actor's words; null if none was given. Analysts don't see it.",
      ...shownTo(readsWords),
      resolve: (row, _, { viewer }) => (readsWords(viewer) ? row.reason : null),
    }),
    payload: t.field({ type: "JSON", description: "More about it, an object; what it holds depends on the type.", resolve: (row) => row.payload }),
  }),
});

interface EventPage {
  rows: Numbered[];
  hasMore: boolean;
}

const cursorOf = ({ seq, row }: Numbered) => encodeEventCursor(row.projectId, seq);

const Edge = builder.objectRef<Numbered>("EventEdge").implement({
  description: "An event in a list.",
  fields: (t) => ({
    cursor: t.string({ description: "Give it as `after` to continue behind this one.", resolve: cursorOf }),
    node: t.field({ type: Event, description: "The event.", resolve: ({ row }) => row }),
  }),
});

const Connection = builder.objectRef<EventPage>("EventConnection").implement({
  description: "A page of events, in their project's order.",
  fields: (t) => ({
    nodes: t.field({ type: [Event], description: "The page's events.", resolve: ({ rows }) => rows.map(({ row }) => row) }),
    edges: t.field({ type: [Edge], description: "The page's events with their cursors.", resolve: ({ rows }) => rows }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: "Whether more follow, and from where. More may be recorded at any time.",
      resolve: ({ rows, hasMore }) => ({
        hasNextPage: hasMore,
        hasPreviousPage: false,
        startCursor: rows[0] ? cursorOf(rows[0]) : null,
        endCursor: rows.length > 0 ? cursorOf(rows.at(-1)!) : null,
      }),
    }),
  }),
});

/** Refuses machine clients without the scope; everyone else reads events as they read the subjects. */
export function mayRead(viewer: Viewer): void {
  mayOnly(viewer, "Reading events", READERS);
}

const eventArgs = (arg: Fields<object>["arg"]) => ({
  first: arg.int({ description: "Events on the page: 0 to 100, default 20." }),
  after: arg({ type: "EventCursor", description: "Start behind this event; from the oldest if absent." }),
  types: arg.stringList({ description: "Only events of these types; all if absent." }),
});

interface ListArgs {
  first?: number | null;
  after?: string | null;
  types?: string[] | null;
}

function readQuery(projectId: string, args: ListArgs, context: Context, info: GraphQLResolveInfo): EventQuery {
  mayRead(context.viewer);
  const { first } = readPage({ first: args.first });
  const after = args.after == null ? 0 : readEventCursor(projectId, args.after);
  return { after, types: args.types ?? null, first, selection: connectionSelectionOf(info, "Event").selection };
}

async function listEvents(projectId: string, args: ListArgs, context: Context, info: GraphQLResolveInfo): Promise<EventPage> {
  const query = readQuery(projectId, args, context, info);
  return context.load({ name: `events:${JSON.stringify(query)}`, load: (db, ids: readonly string[]) => listEventsByProject(db, query, ids) }, projectId);
}

/** The field of a type that tells what happened to its objects. */
export function timelineOf<Row extends ProjectKey>(t: Fields<Row>) {
  return t.field({
    type: Connection,
    description: "What happened to it, oldest first, as far as the viewer may see it. An event is there a moment after its change.",
    extensions: { for: READERS },
    args: eventArgs(t.arg as never),
    resolve: ({ projectId, id }: Row, args: ListArgs, context: Context, info: GraphQLResolveInfo) => {
      const query = readQuery(projectId, args, context, info);
      const name = `timeline:${JSON.stringify(query)}`;
      return context.load({ name, load: (db, keys: readonly ProjectKey[]) => listEventsBySubject(db, query, keys) }, { projectId, id });
    },
  } as never);
}

builder.objectFields(Project, (t) => ({
  events: t.field({
    type: Connection,
    description: "What happened in the project, oldest first, as far as the viewer may see the subjects. A machine client needs scope events:read.",
    extensions: { for: READERS },
    args: eventArgs(t.arg as never),
    resolve: (project, args, context, info) => listEvents(project.id, args, context, info),
  }),
}));

builder.queryField("systemEvents", (t) =>
  t.field({
    type: Connection,
    description: "What happened to rows that no project owns, such as vendors, grants and projects themselves, oldest first. Empty for all but ADMIN.",
    extensions: { for: READERS },
    args: eventArgs(t.arg as never),
    resolve: (_, args, context, info) => listEvents(SYSTEM_PROJECT_ID, args, context, info),
  }),
);
