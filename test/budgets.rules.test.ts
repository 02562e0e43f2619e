import { describe, expect, test } from "vitest";
import { addressOf, checkPoints, headersOf, networkOf, overBudget } from "../src/budgets/rules.ts";

test("a network is an IPv4 address, or the first 64 bits of an IPv6 one", () => {
  expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
  expect(networkOf("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2");
  expect(networkOf("2001:DB8:1:2::6")).toBe("2001:db8:1:2");
  expect(networkOf("2001:db8::6")).toBe("2001:db8:0:0");
  expect(networkOf("::1")).toBe("0:0:0:0");
  expect(networkOf("fe80::1%eth0")).toBe("fe80:0:0:0");
});

describe("an address", () => {
  test("is the peer's, whatever they say of themselves", () => {
    expect(addressOf("192.0.2.7", "198.51.100.1", 0)).toBe("192.0.2.7");
    expect(addressOf(undefined, null, 0)).toBeNull();
  });

  test("is what the outermost of one's own proxies saw, and nothing left of it is believed", () => {
    expect(addressOf("10.0.0.1", "203.0.113.9, 198.51.100.1", 1)).toBe("198.51.100.1");
    expect(addressOf("10.0.0.1", "203.0.113.9, 198.51.100.1,10.0.0.2", 2)).toBe("198.51.100.1");
    expect(addressOf("10.0.0.1", null, 1)).toBe("10.0.0.1");
  });
});

test("what can't be paid says how much is left and when to come again, or that it never will be", () => {
  expect(overBudget(10, { limit: 20, remaining: 5, resetSeconds: 7 })).toMatchObject({ message: "This costs 10 points, and 5 of your 20 a minute are left: wait 7 s, or ask for fewer rows.", retryAfterSeconds: 7 });
  expect(overBudget(30, { limit: 20, remaining: 5, resetSeconds: 7 }).message).toBe("This costs 30 points, and 5 of your 20 a minute are left: ask for fewer rows.");
});

test("headers are the draft's two, and the three that came before", () => {
  expect(headersOf({ limit: 20, remaining: 5, resetSeconds: 7 })).toEqual({
    "ratelimit-policy": '"points";q=20;w=60', ratelimit: '"points";r=5;t=7', "ratelimit-limit": "20", "ratelimit-remaining": "5", "ratelimit-reset": "7",
  });
});

test.each([[1, true], [2_000_000_000, true], [0, false], [-1, false], [2_000_000_001, false]])("%i points a minute: %s", (points, isFine) => {
  const check = () => checkPoints(points);
  if (isFine) expect(check()).toBe(points);
  else expect(check).toThrow(/^pointsPerMinute: /);
});
