import { Audit } from "../audits/graphql.ts";
import { checkReading, mayRead } from "../audits/rules.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { selectionOf } from "../graphql/selection.ts";
import { Policy } from "../policies/graphql.ts";
import { ErrorType } from "../scorecards/criteria.graphql.ts";
import { latestVerdicts, type VerdictFilter, verdictList } from "./store.ts";
import { ATTRIBUTIONS, OUTCOMES, VERDICT_REASONS, verdictEntity } from "./table.ts";

export const Verdict = entityRef(verdictEntity);

export const Outcome = builder.enumType("Outcome", {
  description: "Whether a decision was right.",
  values: { CORRECT: { description: "Right." }, INCORRECT: { description: "Wrong." } } satisfies Record<(typeof OUTCOMES)[number], object>,
});

export const Attribution = builder.enumType("Attribution", {
  description: "Who answers for an error.",
  values: {
    LABELER: { description: "Whoever decided." },
    PROCESS: { description: "Platform or process: it stays out of accuracy." },
  } satisfies Record<(typeof ATTRIBUTIONS)[number], object>,
});

const VerdictReason = builder.enumType("VerdictReason", {
  description: "Why there is this version of a verdict.",
  values: {
    INITIAL: { description: "The first." },
    AMENDED: { description: "The auditor thought better before publication." },
    ADJUDICATION: { description: "Two auditors differed." },
    APPEAL: { description: "An appeal was decided." },
    CORRECTION: { description: "A lead corrected it." },
  } satisfies Record<(typeof VERDICT_REASONS)[number], object>,
});

const verdictListType = defineList(Verdict, verdictList, {
  orders: { ID: "Order of recording.", NUMBER: "By number." },
  filter: (t: InputFields) => ({ recordedAfter: t.field({ type: "DateTime", description: "Those recorded after this time; verdicts never change." }) }),
  read: (input: VerdictFilter, { viewer }) => {
    checkReading(viewer);
    return input;
  },
});

defineEntity(Verdict, {
  isFor: mayRead,
  description: "A versioned result of an audit. Never changes: a corrected one has the next number.",
  fields: (t) => ({
    number: t.exposeInt("number", { description: "1 for the first." }),
    outcome: t.field({ type: Outcome, description: "Whether the decision was right.", resolve: (row) => row.outcome }),
    errorType: t.field({ type: ErrorType, nullable: true, description: "How it was wrong; null if it was right.", resolve: (row) => row.errorType }),
    attribution: t.field({ type: Attribution, nullable: true, description: "Who answers for the error; null if it was right.", resolve: (row) => row.attribution }),
    truthPolicy: one(t, "truthPolicy", Policy, "The policy that fits."),
    truthAction: t.exposeString("truthAction", { nullable: true, description: "The action that fits; null where it was not judged." }),
    isGraceApplied: t.exposeBoolean("isGraceApplied", { description: "It was right under the policy version before, within the grace of the new one, and counts as right." }),
    reason: t.field({ type: VerdictReason, description: "Why there is this version.", resolve: (row) => row.reason }),
    isAfterReveal: t.exposeBoolean("isAfterReveal", { description: "Whoever gave it had seen the decision." }),
    recordedAt: t.field({ type: "DateTime", description: "When it was given.", resolve: (row) => row.recordedAt }),
    audit: one(t, "audit", Audit, "The audit it belongs to."),
    actor: one(t, "actor", Principal, "Who gave it. Null unless it is the viewer, or the viewer may see all principals."),
  }),
});

builder.objectFields(Audit, (t) => ({
  verdict: t.field({
    type: Verdict,
    nullable: true,
    description: "Its latest verdict; null before the truth is locked.",
    resolve: ({ projectId, id }, _, context, info) => {
      const selection = selectionOf(info, "Verdict");
      const load = (db: Db, keys: readonly ProjectKey[]) => latestVerdicts(db, selection, keys);
      return context.load({ name: `latestVerdicts:${JSON.stringify(selection)}`, load }, { projectId, id });
    },
  }),
  verdicts: childList(t, verdictListType, "auditId", "All its verdicts: a changed one is a new one."),
}));
