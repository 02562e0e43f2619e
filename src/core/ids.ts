import { hash, randomBytes } from "node:crypto";
import { InvalidInput } from "./errors.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Key of a row: global rows have no project. */
export interface Key {
  projectId: string | null;
  id: string;
}

/** Key of a row that a project owns. */
export interface ProjectKey {
  projectId: string;
  id: string;
}

/** One text for equal keys of one type, and for no others. */
export function keyText({ projectId, id }: Key): string {
  return `${projectId}:${id}`;
}

/** Key of a row with the name of its type. */
export interface NamedKey {
  type: string;
  key: Key;
}

/** The reserved project that owns the events of global rows; never listed. */
export const SYSTEM_PROJECT_ID = "00000000-0000-7000-8000-000000000001";
/** The principal that timers, rules and local commands act as. */
export const SYSTEM_PRINCIPAL_ID = "00000000-0000-7000-8000-000000000002";

/** True for a lower-case UUID in canonical form. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function uuidFrom(milliseconds: number, tail: Buffer): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  tail.copy(bytes, 6, 0, 10);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A new UUIDv7 (RFC 9562) whose first 48 bits are the event time in milliseconds. */
export function newId(eventTime: Date): string {
  return uuidFrom(eventTime.getTime(), randomBytes(10));
}

/**
 * A UUIDv7 that whoever knows the identity can make again: 48 bits of the event time's milliseconds, then the first 74 bits of SHA-256 over
 * the parts of the identity joined by "\n".
 */
export function identityId(eventTime: Date, ...parts: readonly string[]): string {
  const digest = hash("sha256", parts.join("\n"), "buffer");
  const tail = Buffer.alloc(10);
  // 12 bits go behind the version, 62 behind the variant; what the shifts push into those two's own bits is overwritten.
  tail[0] = digest[0]! >> 4;
  tail[1] = (digest[0]! << 4) | (digest[1]! >> 4);
  for (let i = 2; i < 10; i += 1) tail[i] = (digest[i - 1]! << 2) | (digest[i]! >> 6);
  return uuidFrom(eventTime.getTime(), tail);
}

/** The decision's identity (`domain.md` 4.1): the same decision has the same id on every database. */
export function decisionId(projectCode: string, vendorCode: string, externalRef: string, decidedAt: Date): string {
  return identityId(decidedAt, projectCode, vendorCode, externalRef);
}

/** The smallest UUID of that millisecond: time ranges over time-made ids are [idFloor(from), idFloor(to)). */
export function idFloor(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The event time that a time-made id carries. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** The opaque GraphQL id of a row: type, project and id. */
export function encodeId(type: string, key: Key): string {
  return Buffer.from([type, ...(key.projectId ? [key.projectId] : []), key.id].join(":")).toString("base64url");
}

/** Reads an opaque id; null if it was not made by encodeId. */
export function readId(opaque: string): NamedKey | null {
  const [type, ...keys] = Buffer.from(opaque, "base64url").toString("latin1").split(":");
  if (!type || keys.length < 1 || keys.length > 2 || !keys.every(isUuid)) return null;
  const [first, second] = keys as [string, string?];
  return { type, key: second ? { projectId: first, id: second } : { projectId: null, id: first } };
}

/** The key in an input's id; refuses an id of another type, naming the field. */
export function decodeId(type: string, opaque: string, path: readonly string[]): Key {
  const read = readId(opaque);
  if (!read || read.type !== type) throw new InvalidInput(`"${opaque}" is not an id of a ${type}; take it from a ${type}'s id field.`, path);
  return read.key;
}

/** As decodeId, for rows that a project owns. */
export function decodeProjectId(type: string, opaque: string, path: readonly string[]): ProjectKey {
  const { projectId, id } = decodeId(type, opaque, path);
  if (!projectId) throw new InvalidInput(`"${opaque}" is not an id of a ${type}; take it from a ${type}'s id field.`, path);
  return { projectId, id };
}

/** The global row's id in an input that may be left out; null if it was. An empty one is refused like any other that is no id. */
export function decodeIfGiven(type: string, opaque: string | null | undefined, path: readonly string[]): string | null {
  return opaque == null ? null : decodeId(type, opaque, path).id;
}
