import type { GraphQLResolveInfo } from "graphql";
import type { InputRef, ObjectRef } from "@pothos/core";
import { Forbidden, NotFound } from "../core/errors.ts";
import type { Entity } from "../db/entities.ts";
import { builder, type Fields, type InputFields, type Types } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { byKey, isTypeFor, keyOf } from "../graphql/entity.ts";
import { selectionOf } from "../graphql/selection.ts";
import { defineStream, type Source } from "../graphql/stream.ts";
import { projectEntity } from "../projects/table.ts";
import { type About, type Asked, typesOf } from "./about.ts";
import { type AboutRow, listEventsAbout } from "./about.store.ts";
import { readEventCursor } from "./cursor.ts";
import { type EventRow, gapEvent } from "./feed.store.ts";
import { Event, READERS } from "./graphql.ts";

/** What every subscription to events takes. */
export interface StreamArgs {
  projectId: string;
  after?: string | null;
}

/** The descriptions of these. */
export const STREAM_ARGS = {
  projectId: "The project.",
  after: "Replay what came behind this event, then follow; only follow if absent. Events are replayed for as many days as the retention rule of EVENTS keeps them, 30 where none does; behind an older cursor, the first message is an event of type `gap`.",
};

/** Where events of a project are read for a subscription; refuses what isn't theirs. */
export async function sourceOf({ projectId: opaque, after }: StreamArgs, context: Context, rest: (projectId: string) => Pick<Source, "read" | "interest">): Promise<Source> {
  const { id: projectId } = keyOf(projectEntity, opaque, ["projectId"]);
  if (!(await context.load(byKey(projectEntity, {}), { projectId: null, id: projectId }))) throw new NotFound("There is no such project.", ["projectId"]);
  return {
    projectId,
    after: after == null ? null : readEventCursor(projectId, after),
    gap: (lost, start): EventRow => gapEvent(projectId, lost, start, context.now),
    ...rest(projectId),
  };
}

/** The thing that a message is about, as the operation selects it below this field; null for a gap, and where there are several. */
export async function loadAbout<Row>({ projectId, aboutIds = [] }: Partial<AboutRow>, entity: Entity<Row>, context: Context, info: GraphQLResolveInfo): Promise<Row | null> {
  const [id, ...others] = aboutIds;
  return id && others.length === 0 ? context.load(byKey(entity, selectionOf(info, entity.name)), { projectId: projectId!, id }) : null;
}

/** What subscriptions to things of one kind ask for, for others who ask the same. */
export interface EventStream<Filter> {
  about: About;
  /** The filter's input type. */
  input: InputRef<Filter>;
  /** Which things a filter chooses, and which events of them; refuses ids of something else by their path below the filter's. */
  read: (filter: Filter, path: readonly string[]) => Omit<Asked, "about">;
}

/** A subscription to what happens to things of one kind. Its messages are a type of their own: the event, and the things as they are now. */
export function defineEvents<Filter>(
  name: string,
  options: {
    about: About;
    description: string;
    message: { name: string; description: string; fields: (t: Fields<AboutRow>) => Record<string, unknown> };
    filter: { description: string; fields: (t: InputFields) => object; read: EventStream<Filter>["read"] };
  },
): EventStream<Filter> {
  const { about, message, filter } = options;
  const types = typesOf(about);
  const Message: ObjectRef<Types, AboutRow> = builder.objectRef<AboutRow>(message.name);
  builder.objectType(Message, {
    description: message.description,
    fields: (t: Fields<AboutRow>) => ({
      event: t.field({ type: Event, description: "What happened.", extensions: { relation: "event" }, resolve: (row: AboutRow) => row } as never),
      ...message.fields(t),
    }),
  } as never);
  const Input = builder.inputType(`${message.name}Filter`, { description: filter.description, fields: (t) => filter.fields(t as never) as never });
  defineStream<AboutRow, StreamArgs & { filter?: Filter | null }>(name, {
    type: Message,
    description: options.description,
    for: READERS,
    args: (t) => ({
      projectId: t.arg.id({ required: true, description: STREAM_ARGS.projectId }),
      after: t.arg({ type: "EventCursor", description: STREAM_ARGS.after }),
      filter: t.arg({ type: Input, description: "Only these; all if absent. Everything given must hold." }),
    }),
    source: async (args, context, info) => {
      if (!isTypeFor(about.entity.name, context.viewer)) throw new Forbidden(`${name} is for those who may read objects of type ${about.entity.name}; a client needs their scope.`);
      const { chosen, happening } = filter.read(args.filter ?? ({} as Filter), ["filter"]);
      const selection = selectionOf(info, message.name).event ?? {};
      return sourceOf(args, context, (projectId) => ({
        interest: ({ type, subjectType }) => types.includes(subjectType) && (happening.types?.includes(type) ?? true),
        read: (db, range) => listEventsAbout(db, projectId, { about, chosen, happening, selection, ...range }),
      }));
    },
  });
  return { about, input: Input as never, read: filter.read };
}
