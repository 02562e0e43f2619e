import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { checkRoom, hashOf, MOST_CHARACTERS, namedHash } from "../src/documents/rules.ts";

const HASH = "a".repeat(64);

test("a document's hash is SHA-256 of its bytes", () => {
  expect(hashOf("{ viewer { role } } # ü")).toBe(createHash("sha256").update(Buffer.from("{ viewer { role } } # ü", "utf8")).digest("hex"));
});

test("a document is named by documentId, or by what most clients send", () => {
  expect(namedHash({ documentId: `sha256:${HASH}` })).toBe(HASH);
  expect(namedHash({ query: "", extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } })).toBe(HASH);
  expect(namedHash({ query: null, extensions: { persistedQuery: { sha256Hash: HASH } } })).toBe(HASH);
  expect(namedHash({ documentId: `sha256:${HASH}`, extensions: { persistedQuery: { sha256Hash: "b".repeat(64) } } })).toBe(HASH);
});

test("whoever brings the text names nothing, whatever else they send", () => {
  expect(namedHash({ query: "{ viewer { role } }", documentId: "x", extensions: { persistedQuery: { sha256Hash: HASH } } })).toBeNull();
  expect(namedHash({})).toBeNull();
  expect(namedHash({ extensions: null })).toBeNull();
  expect(namedHash({ extensions: { persistedQuery: null } })).toBeNull();
  expect(namedHash({ extensions: { persistedQuery: { sha256Hash: "short" } } })).toBeNull();
});

test.each(["", "abc", HASH, `md5:${HASH}`, `sha256:${HASH.toUpperCase()}`, `sha256:${HASH}0`])("documentId %s is refused", (documentId) => {
  expect(() => namedHash({ documentId })).toThrow(/^documentId: ".*" must be sha256: and 64 lower-case hexadecimal digits\.$/);
});

test("a principal's documents have room up to a limit", () => {
  expect(() => checkRoom(10, MOST_CHARACTERS - 10)).not.toThrow();
  expect(() => checkRoom(11, MOST_CHARACTERS - 10)).toThrow("document: its 11 characters and the 499990 of those registered are over 500000; retire some by retireDocument.");
});
