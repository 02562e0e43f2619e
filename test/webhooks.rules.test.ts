import { expect, test } from "vitest";
import { checkEventTypes, checkUrl, isPrivateAddress, isTaken, makeSecret, nextAttemptAt } from "../src/webhooks/rules.ts";

test.each([
  "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
  "fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:a00:1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "not an address",
])("%s is nobody's public address", (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each(["93.184.215.14", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])("%s is a public one", (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

test.each([
  ["http://hooks.example/a", /use https/], ["https://user:word@hooks.example/", /leave user and password out/], ["https://hooks.example/#a", /after|follows #/],
  ["https://localhost/a", /private network/], ["https://x.internal/", /private network/], ["https://10.0.0.1/", /private network/], ["https://[::1]/", /private network/],
  ["https://2130706433/", /private network/], ["https://0x7f.1/", /private network/], ["hooks.example", /not an absolute URL/], ["ftp://hooks.example/", /use https/],
  [`https://hooks.example/${"a".repeat(2_000)}`, /at most 2000/],
])("%s is refused", (url, why) => {
  expect(() => checkUrl(url, false)).toThrow(why);
});

test("a public https address is taken, and any host where private ones are allowed", () => {
  expect(checkUrl("https://hooks.example:8443/a?b=c", false)).toBe("https://hooks.example:8443/a?b=c");
  expect(checkUrl("http://127.0.0.1:9/", true)).toBe("http://127.0.0.1:9/");
  expect(() => checkUrl("file:///etc/passwd", true)).toThrow(/use https/);
});

test("types are an entity's one or all; each once", () => {
  expect(checkEventTypes(["audit.published", "audit.*", "audit.published", "policy_question.asked", "sample.voidSample"])).toEqual([
    "audit.published", "audit.*", "policy_question.asked", "sample.voidSample",
  ]);
  for (const wrong of ["*", "audit", "audit.%", "Audit.published", ""]) expect(() => checkEventTypes([wrong])).toThrow(/no event type/);
});

test("waits grow from 5 s to a day, and the tenth failure is the last", () => {
  const now = new Date(0);
  const waits = Array.from({ length: 10 }, (_, i) => nextAttemptAt(now, i + 1, 0.5)?.getTime() ?? null);
  expect(waits.map((ms) => (ms === null ? null : ms / 1_000))).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, null]);
  expect([nextAttemptAt(now, 1, 0)!.getTime(), nextAttemptAt(now, 1, 1)!.getTime()]).toEqual([4_500, 5_500]);
});

test("2xx takes a delivery, a redirect does not", () => {
  expect([200, 204, 299, 302, 410, 500, null].map(isTaken)).toEqual([true, true, true, false, false, false, false]);
});

test("a secret is whsec_ and 256 random bits", () => {
  expect(Buffer.from(makeSecret().replace(/^whsec_/, ""), "base64").length).toBe(32);
  expect(makeSecret()).not.toBe(makeSecret());
});
