import { type FieldNode, type GraphQLField, type ValueNode, valueFromASTUntyped } from "graphql";

/** As the caller sent them. */
export type Variables = Readonly<Record<string, unknown>>;
/** How many objects there may be below one parent. */
export type Count = (variables: Variables) => number;

const PAGE = 20;
const MOST = 10_000;
/** Of a list whose arguments say nothing. */
export const byDefault: Count = () => PAGE;

function clamped(value: unknown, fallback: number): number {
  return typeof value === "number" && value >= 0 ? Math.min(value, MOST) : fallback;
}

/** An argument's value, as the caller sent it: whether it is fit is the executor's to say. */
function valueOf(node: ValueNode | undefined, variables: Variables): unknown {
  return node && valueFromASTUntyped(node, variables);
}

function argumentOf({ arguments: given }: FieldNode, name: string): ValueNode | undefined {
  return given?.find((each) => each.name.value === name)?.value;
}

/** How many objects a field's arguments ask for; null where they don't say. */
export function askedOf({ args }: GraphQLField<unknown, unknown>, node: FieldNode): Count | null {
  const first = args.find(({ name }) => name === "first");
  if (first) {
    const fallback = clamped(first.defaultValue, PAGE);
    const given = argumentOf(node, "first");
    return (variables) => clamped(valueOf(given, variables), fallback);
  }
  if (!args.some(({ name }) => name === "ids")) return null;
  const given = argumentOf(node, "ids");
  return (variables) => {
    const ids = valueOf(given, variables);
    return Array.isArray(ids) ? ids.length : 1;
  };
}

/** How many rows a verb's input brings: the items of its lists. */
export function itemsOf(node: FieldNode): Count {
  const given = argumentOf(node, "input");
  return (variables) => {
    const input = valueOf(given, variables);
    return Object.values(input ?? {}).reduce((sum: number, value) => sum + (Array.isArray(value) ? value.length : 0), 0);
  };
}
