/** What one operation may be, ask for and take at most, alike on every transport. */
export const LIMITS = {
  /** Of a document, before it is parsed. */
  tokens: 2_000,
  /** Fields inside fields; introspection, which has no rows to multiply, is not counted. */
  depth: 12,
  aliases: 30,
  directives: 30,
  rootFields: 20,
  /** Fields of all operations with their fragments opened: what has to be validated and executed. */
  fields: 2_000,
  /** `__schema` and `__type`. */
  introspections: 3,
  /** Points that it could cost at most, by the pages it asks for. */
  cost: 50_000,
  /** Rows that it reads. */
  nodes: 10_000,
  /** Of one WebSocket, under way at once. */
  socketOperations: 100,
  /** After that it begins nothing more: no verb, and no reading for what it computes. */
  seconds: 30,
} as const;

/** What one sighting of a rule links to its escalation at most, so that its transaction stays short. */
export const LINKED_AT_ONCE = 1_000;
