import { afterAll, beforeAll, expect, test } from "vitest";
import { auditState, contested, type Contested, file, on, readAppeal } from "./kit/appeals.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let made: Contested;
beforeAll(async () => {
  world = await createWorld();
  made = await contested(world, { count: 3 });
});
afterAll(() => world.close());

// An appeal of this audit that the client has ruled on and that its appellant has filed again.
async function reappealed(auditId: string): Promise<string> {
  const { labeler, quality, lead } = made;
  const { id } = await file(labeler, auditId);
  await on(quality, "forwardAppeal", id);
  await on(lead, "decideAppeal", id, { outcome: "AUDIT_UPHELD", reason: "The guide says so." });
  await on(labeler, "fileReappeal", id, { reason: "It doesn't." });
  return id;
}

test("a re-appeal that is returned is answered, not taken back to be filed anew: there is one", async () => {
  const { labeler, lead, policyManager, auditIds: [auditId] } = made;
  const id = await reappealed(auditId!);
  await on(policyManager, "returnAppeal", id, { question: "Where?" });
  expect((await readAppeal(labeler, id)).allowedActions).toEqual(["answerAppeal"]);
  const refused = await labeler.refused("withdrawAppeal", { appealId: id });
  expect(refused).toMatchObject({ __typename: "ConflictRefusal", code: "CONFLICT", path: ["appealId"], message: expect.stringContaining("answerAppeal") });
  expect(await auditState(lead, auditId!)).toBe("APPEALED");
  expect(await on(labeler, "answerAppeal", id, { answer: "In 4.2." })).toMatchObject({ state: "L3_ARBITRATION" });
  await on(policyManager, "decideAppeal", id, { outcome: "AUDIT_UPHELD", reason: "4.2 is of others." });
  expect(await auditState(lead, auditId!)).toBe("FINAL");
});

test("what was escalated without a ruling may still be taken back while it is returned", async () => {
  const { labeler, quality, lead, policyManager, auditIds: [, auditId] } = made;
  const { id } = await file(labeler, auditId!);
  await on(quality, "forwardAppeal", id);
  await on(lead, "escalateAppeal", id, { reason: "The guide is silent." });
  await on(policyManager, "returnAppeal", id, { question: "Where?" });
  expect((await readAppeal(labeler, id)).allowedActions).toEqual(["withdrawAppeal", "answerAppeal"]);
  expect(await on(labeler, "withdrawAppeal", id)).toMatchObject({ state: "WITHDRAWN" });
  expect(await auditState(lead, auditId!)).toBe("PUBLISHED");
});

test("a re-appeal that is none that could be ruled on leaves the ruling as it is: the audit is not contested anew", async () => {
  const { labeler, lead, policyManager, auditIds: [,, auditId] } = made;
  const id = await reappealed(auditId!);
  await on(policyManager, "markAppealInvalid", id, { reason: "Of another case." });
  expect(await auditState(lead, auditId!)).toBe("FINAL");
  expect(await labeler.refused("draftAppeal", { auditId: auditId! })).toMatchObject({ code: "CONFLICT" });
});
