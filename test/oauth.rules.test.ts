import { expect, test } from "vitest";
import type { Grant } from "../src/core/viewer.ts";
import { credentialOnBehalf } from "../src/grants/rules.ts";
import { readClient, readForm } from "../src/oauth/rules.ts";
import { type Claims, keyPeriod, readClaims, writeClaims } from "../src/tokens/rules.ts";

const [A, B, C, P1, P2, V1, V2] = ["a", "b", "c", "d", "e", "f", "9"].map((digit) => `00000000-0000-7000-8000-00000000000${digit}`) as [string, string, string, string, string, string, string];
const PRINT = "0123456789abcdef";
const [soon, late] = [new Date("2026-01-01"), new Date("2026-02-01")];

test("what is written into a token is read from it, and nothing else is", () => {
  const own: Claims = { actorId: A, clientId: B, keyPrint: PRINT, scopes: ["gold:write", "events:read"], behalf: null };
  const acting: Claims = { actorId: A, clientId: B, keyPrint: PRINT, scopes: [], behalf: { principalId: C, vendorId: V1 } };
  for (const claims of [own, acting]) expect(readClaims(writeClaims(claims))).toEqual(claims);
  const written = writeClaims(acting);
  for (const name of ["sub", "client_id", "key_print", "scope", "vendor_id"]) {
    for (const value of [undefined, null, 7, ...(name === "scope" ? [] : ["x"]), {}, written.act]) expect(readClaims({ ...written, [name]: value }), name).toBeNull();
  }
  for (const act of [null, {}, "x", { sub: written.vendor_id }]) expect(readClaims({ ...written, act })).toBeNull();
  expect(readClaims({ ...writeClaims(own), scope: "gold:write root" })).toMatchObject({ scopes: ["gold:write"] });
});

test("a key signs for 30 days, and is believed until its last token has ended", () => {
  const { createdAt, signsUntil, endsAt } = keyPeriod(soon);
  expect([createdAt, signsUntil.getTime() - soon.getTime()]).toEqual([soon, 30 * 86_400_000]);
  expect(endsAt.getTime() - signsUntil.getTime()).toBeGreaterThanOrEqual(600_000);
});

test("who acts for somebody does so where both have a grant, until the first of them ends", () => {
  const grant = (role: Grant["role"], projectId: string | null, vendorId: string | null, expiresAt: Date | null = null): Grant =>
    ({ id: `${role} ${projectId}`, role, projectId, vendorId, teamId: null, labelerId: null, canAdjudicate: false, expiresAt });
  const client = { principalId: A, clientId: B, keyPrint: PRINT, scopes: ["people:act"] as const, expiresAt: late, isRestricted: false };
  const ends = (own: Grant[], theirs: Grant[], vendorId?: string) =>
    credentialOnBehalf(client, own, { principalId: C, vendorId, grants: theirs })?.grants.map(({ id, expiresAt }) => [id, expiresAt]) ?? null;
  const everywhere = grant("SERVICE", null, V1);
  const manager = grant("VENDOR_MANAGER", P1, V1, late);
  expect(ends([everywhere], [manager])).toEqual([["VENDOR_MANAGER " + P1, late]]);
  expect(ends([{ ...everywhere, expiresAt: soon }], [manager])).toEqual([[manager.id, soon]]);
  expect(ends([grant("SERVICE", P1, V1, soon), { ...everywhere, expiresAt: late }], [{ ...manager, expiresAt: null }])).toEqual([[manager.id, late]]);
  expect(ends([grant("SERVICE", P1, V1)], [manager, grant("VENDOR_QA", P2, V1), grant("LABELER", P1, V2)])).toEqual([[manager.id, late]]);
  expect(ends([grant("SERVICE", P2, V1)], [manager])).toBeNull();
  expect(ends([grant("SERVICE", null, null)], [manager])).toBeNull();
  expect(ends([everywhere], [manager], V2)).toBeNull();
  expect(ends([everywhere], [grant("QA_LEAD", P1, null)])).toBeNull();
});

test("a client names itself once: by Basic, form-encoded, or by the form", () => {
  const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  expect(readClient(basic("a%3Ab", "c+d%25"), readForm(""))).toEqual({ id: "a:b", secret: "c d%" });
  expect(readClient(basic("a", "b:c"), readForm("client_id=a"))).toEqual({ id: "a", secret: "b:c" });
  expect(readClient(null, readForm("client_id=a&client_secret=b"))).toEqual({ id: "a", secret: "b" });
  const wrong: [header: string | null, form: string][] = [[null, ""], [null, "client_id=a&client_secret="], ["Bearer x", ""], [basic("", "b"), ""], [basic("a", "%E0%A4%A"), ""], [basic("a", "b"), "client_id=c"]];
  for (const [header, form] of wrong) expect(() => readClient(header, readForm(form))).toThrow();
});
