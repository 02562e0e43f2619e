import { GraphQLError, Kind } from "graphql";
import { isoOf } from "../core/iso.ts";
import { builder } from "./builder.ts";

// PostgreSQL has no year 0, where offsets and the neighbours of a day may lead from year 1.
const RFC3339 = /^(?!000[01])\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/;
const DAY = /^(?!000[01])\d{4}-\d\d-\d\d$/;

function readTime(value: unknown): Date {
  const time = typeof value === "string" && RFC3339.test(value) ? new Date(value) : null;
  if (!time || Number.isNaN(time.getTime())) throw new GraphQLError(`DateTime: ${JSON.stringify(value)} is not RFC 3339 with an offset, such as 2026-01-31T15:00:00.000Z.`);
  return time;
}

function readDay(value: unknown): string {
  const isDay = typeof value === "string" && DAY.test(value) && new Date(`${value}T00:00:00Z`).toISOString().startsWith(value);
  if (!isDay) throw new GraphQLError(`Date: ${JSON.stringify(value)} is not a calendar day, such as 2026-01-31.`);
  return value;
}

builder.scalarType("DateTime", {
  description: "A time to the millisecond, RFC 3339 with an offset. Output is UTC with three decimals.",
  // Of rows that are only shown, times come written already.
  serialize: (value) => (typeof value === "string" ? value : isoOf(value as Date)) as unknown as Date,
  parseValue: readTime,
});

builder.scalarType("Date", {
  description: "A calendar day, YYYY-MM-DD, in the time zone that the field names.",
  serialize: (value) => value,
  parseValue: readDay,
});

builder.scalarType("JSON", {
  description: "Any JSON value; its shape is in the field's description.",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: function read(node, variables): unknown {
    if (node.kind === Kind.OBJECT) return Object.fromEntries(node.fields.map((field) => [field.name.value, read(field.value, variables)]));
    if (node.kind === Kind.LIST) return node.values.map((item) => read(item, variables));
    if (node.kind === Kind.VARIABLE) return variables?.[node.name.value];
    if (node.kind === Kind.NULL) return null;
    if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return Number(node.value);
    return node.value;
  },
});

builder.scalarType("EventCursor", {
  description: "The place of an event in its project's order; opaque. Give it back as `after` to continue behind that event.",
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== "string") throw new GraphQLError("EventCursor: take it from an event's cursor field.");
    return value;
  },
});
