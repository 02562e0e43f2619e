import { type ExecutionArgs, type ExecutionResult, getOperationAST, type GraphQLError, Kind, type OperationDefinitionNode } from "graphql";
import type { Logger } from "pino";
import { type Access, kindsOfVerb, subjectsIn, type Transport } from "../../accesses/rules.ts";
import type { AccessLog } from "../../accesses/service.ts";
import { Refusal } from "../../core/errors.ts";
import type { NamedKey } from "../../core/ids.ts";
import { keeping } from "./accesses.verbs.ts";
import type { Live, Subscriber } from "./live.ts";
import { maskError } from "./mask.ts";
import { type Reading, readingOf, readOf } from "./reading.ts";
import { type Caller, executeInSession, type Run, type Running } from "./session.ts";
import { variablesOf } from "./variables.ts";

/** What says of an operation's row that it is of this operation. */
type Whose = Pick<Access, "viewer" | "requestId" | "transport" | "operation">;

const fieldsOf = ({ selectionSet }: OperationDefinitionNode) => selectionSet.selections.flatMap((each) => (each.kind === Kind.FIELD ? [each.name.value] : []));

/** How an answer to a mutation comes to be known and logged, verb by verb. */
async function mutate(accesses: AccessLog, running: Running, args: ExecutionArgs, caller: Caller, whose: Whose, reading: Reading | null): Promise<[ExecutionResult, Access[]]> {
  const personal = { personalFields: reading?.fields ?? [], personalCount: null };
  const access = (verb: string, subjects: readonly NamedKey[], error?: { outcome: Access["outcome"]; code: string }): Access => ({
    ...whose, ...personal, kinds: kindsOfVerb(verb, reading !== null), fields: [verb], subjects, ...(error ?? { outcome: "OK", code: null }),
  });
  const left: Access[] = [];
  const failed: { verb: string; input: unknown }[] = [];
  const { perform } = running.backend;
  // What is performed beside the verb, such as room being made, is no row of its own.
  const isVerb = (name: string) => name in args.schema.getMutationType()!.getFields();
  const keep = keeping(accesses, perform, (verb, subjects) => (isVerb(verb) ? access(verb, subjects) : null));
  const backend: Running["backend"] = {
    ...running.backend,
    perform: async (...asked) => {
      const { result, named, isKept } = await keep(...asked);
      if (!isKept && isVerb(asked[1])) left.push(access(asked[1], named));
      return result;
    },
    onFailure(verb, input, error) {
      if (error instanceof Refusal) left.push(access(verb, subjectsIn(input), { outcome: "REFUSED", code: error.code }));
      else failed.push({ verb, input });
    },
  };
  const result = await executeInSession({ ...running, backend }, args, caller);
  const code = String(result.errors?.[0]?.extensions.code ?? "INTERNAL");
  left.push(...failed.map(({ verb, input }) => access(verb, subjectsIn(input), { outcome: "ERROR", code })));
  return [result, left];
}

function readAccess(whose: Whose, operation: OperationDefinitionNode, reading: Reading, result: ExecutionResult, variables: Record<string, unknown>): Access[] {
  const read = result.data ? readOf(reading, result.data, variables) : null;
  if (!read) return [];
  // Those read come first, as only so many are kept.
  const subjects = [...read.subjects, ...reading.named, ...subjectsIn(variablesOf(operation, variables))];
  return [{
    ...whose, kinds: ["PERSONAL_READ"], fields: fieldsOf(operation), personalFields: [...read.fields], personalCount: read.count, subjects, outcome: "OK", code: null,
  }];
}

/** Runs operations, and answers when what they did and saw of people is written down; what needs no row costs a look at its document. */
export function recorded(accesses: AccessLog, running: Running): Run {
  async function run(args: ExecutionArgs, caller: Caller, operation: OperationDefinitionNode, reading: Reading | null): Promise<ExecutionResult> {
    const { viewer, requestId } = caller;
    const transport: Transport = (caller as Subscriber).outlet ? "WEBSOCKET" : "HTTP";
    const whose = { viewer, requestId, transport, operation: operation.name?.value ?? null };
    if (operation.operation === "mutation") {
      const [result, left] = await mutate(accesses, running, args, caller, whose, reading);
      return written(accesses, left, result, caller, running.log);
    }
    const result = await executeInSession(running, args, caller);
    return written(accesses, readAccess(whose, operation, reading!, result, args.variableValues ?? {}), result, caller, running.log);
  }

  return (args, caller) => {
    const operation = getOperationAST(args.document, args.operationName);
    const reading = operation ? readingOf(args, operation) : null;
    const isLogged = operation && (reading || operation.operation === "mutation");
    return isLogged ? run(args, caller, operation, reading) : executeInSession(running, args, caller);
  };
}

async function written(accesses: AccessLog, rows: readonly Access[], result: ExecutionResult, { requestId }: Caller, log: Logger): Promise<ExecutionResult> {
  try {
    await Promise.all(rows.map((each) => accesses.write(each)));
    return result;
  } catch (error) {
    return { data: null, errors: [maskError(error, requestId, log) as GraphQLError], extensions: result.extensions };
  }
}

/** Subscriptions whose messages show something of people: each is written down before its first message. */
export function recordedLive(accesses: AccessLog, live: Live, log: Logger): Live {
  return {
    ...live,
    async subscribe(args, subscriber) {
      const operation = getOperationAST(args.document, args.operationName)!;
      const reading = readingOf(args, operation);
      const answers = await live.subscribe(args, subscriber);
      if (!reading || !("next" in answers)) return answers;
      const { viewer, requestId, outlet } = subscriber;
      const access: Access = {
        viewer, requestId, transport: outlet ? "WEBSOCKET" : "SSE", operation: operation.name?.value ?? null, kinds: ["PERSONAL_READ"], fields: fieldsOf(operation),
        personalFields: reading.fields, personalCount: null, subjects: [...reading.named, ...subjectsIn(variablesOf(operation, args.variableValues))], outcome: "OK", code: null,
      };
      try {
        await accesses.write(access);
        return answers;
      } catch (error) {
        await answers.return();
        return { errors: [maskError(error, requestId, log) as GraphQLError] };
      }
    },
  };
}
