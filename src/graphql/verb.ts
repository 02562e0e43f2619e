import type { GraphQLResolveInfo } from "graphql";
import { InvalidTransition, Refusal, type RefusalCode, VersionConflict } from "../core/errors.ts";
import { type Access, mayOnly } from "../core/viewer.ts";
import { inWords, rememberVerb } from "./access.ts";
import { builder, type Fields, type InputFields } from "./builder.ts";
import type { Context } from "./context.ts";

/** What `expectedVersion` is, wherever a verb takes it. */
export const EXPECTED = "The version that was read; refused if the row has moved on. Any version if absent.";

export const Code = builder.enumType("RefusalCode", {
  description: "The family of a refusal.",
  values: {
    NOT_FOUND: { description: "The thing does not exist, or the viewer may not see it." },
    INVALID_INPUT: { description: "A value can't be taken; `path` names it." },
    CONFLICT: { description: "The input is fine, the present state is against it." },
    FORBIDDEN: { description: "The viewer may see the thing, but not do this with it." },
  },
});

/** A refusal as GraphQL shows it: plain, since the executor takes a returned Error for a failure. */
interface Shown {
  __typename: string;
  code: RefusalCode;
  message: string;
  path: string[];
  state?: string;
  allowedActions?: string[];
  actualVersion?: number;
}

const RefusalInterface = builder.interfaceRef<Shown>("Refusal").implement({
  description: "An expected no. Nothing was changed.",
  fields: (t) => ({
    code: t.field({ type: Code, description: "Its family.", resolve: ({ code }) => code }),
    message: t.exposeString("message", { description: "For people: the value that was refused, why, and the remedy." }),
    path: t.exposeStringList("path", { description: "The input's field that it is about; empty if none." }),
  }),
});

function defineRefusal(name: string, description: string, fields: (t: Fields<Shown>) => object = () => ({})) {
  return builder.objectRef<Shown>(name).implement({ description, interfaces: [RefusalInterface], fields: fields as never });
}

const REFUSALS = [
  defineRefusal("NotFoundRefusal", "The thing does not exist, or the viewer may not see it: both answer alike."),
  defineRefusal("InvalidInputRefusal", "A value of the input can't be taken."),
  defineRefusal("ConflictRefusal", "The present state is against it."),
  defineRefusal("ForbiddenRefusal", "Not the viewer's to do."),
  defineRefusal("NotIndependentRefusal", "The viewer is party to what they would rule on: hand it to somebody else who may."),
  defineRefusal("InvalidTransitionRefusal", "The state machine has no such arrow from the present state.", (t) => ({
    state: t.string({ description: "The present state.", resolve: (shown) => shown.state! }),
    allowedActions: t.stringList({ description: "The viewer's verbs that are possible now.", resolve: (shown) => shown.allowedActions! }),
  })),
  defineRefusal("VersionConflictRefusal", "Somebody else changed the row since the version given in `expectedVersion`.", (t) => ({
    actualVersion: t.int({ description: "The row's version now.", resolve: (shown) => shown.actualVersion! }),
  })),
];

function show(refusal: Refusal): Shown {
  const { name, code, message, path } = refusal;
  const shown = { __typename: `${name}Refusal`, code, message, path: [...path] };
  if (refusal instanceof InvalidTransition) return { ...shown, state: refusal.state, allowedActions: [...refusal.allowedActions] };
  return refusal instanceof VersionConflict ? { ...shown, actualVersion: refusal.actualVersion } : shown;
}

/** Shared by every verb's input. */
interface VerbInput {
  idempotencyKey?: string | null;
}

/**
 * A mutation `verbNoun(input: VerbNounInput!): VerbNounResult!`, a union of its payload and the refusals. `input` declares the fields (an
 * `idempotencyKey` is added), `payload` the answer's; the resolver decodes and makes one call. Whoever it is not `for` is refused before
 * anything is looked at; what depends on rows is the service's.
 */
export function defineVerb<Input, Result extends object>(
  name: string,
  options: {
    description: string;
    for: Access;
    input: (t: InputFields) => Record<string, unknown>;
    payload: (t: Fields<Result>) => Record<string, unknown>;
    resolve: (input: Input & VerbInput, context: Context, info: GraphQLResolveInfo) => Promise<Result>;
  },
): void {
  const title = name[0]!.toUpperCase() + name.slice(1);
  const input = builder.inputType(`${title}Input`, {
    description: `Input of ${name}.`,
    fields: (t) =>
      ({
        ...options.input(t),
        idempotencyKey: t.string({ description: "1 to 200 characters, the caller's own. The same key and input is answered as before without a second write; other input is refused." }),
      }) as never,
  });
  const payload = builder.objectRef<Result>(`${title}Payload`).implement({ description: `What ${name} did.`, fields: options.payload as never });
  const result = builder.unionType(`${title}Result`, {
    description: `${title}Payload, or why not.`,
    types: [payload, ...REFUSALS] as never,
    resolveType: (value) => (value as Partial<Shown>).__typename ?? `${title}Payload`,
  });
  rememberVerb(name, options.for);
  builder.mutationField(name, (t) =>
    t.field({
      type: result,
      description: `${options.description} For ${inWords(options.for)}.`,
      extensions: { for: options.for },
      args: { input: t.arg({ type: input, required: true, description: "The verb's input." }) },
      resolve: async (_, args, context, info) => {
        try {
          mayOnly(context.viewer, name, options.for);
          return (await options.resolve(args.input as Input & VerbInput, context, info)) as never;
        } catch (error) {
          context.noteFailure(name, args.input, error);
          if (error instanceof Refusal) return show(error) as never;
          throw error;
        }
      },
    }),
  );
}
