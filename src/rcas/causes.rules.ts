import type { RcaCauseRow } from "./table.ts";

type Category = RcaCauseRow["category"];

/** What went wrong in which respect, by category: the words that causes are counted by. OTHER is for what its text alone can say. */
export const CAUSE_CODES = {
  POLICY: {
    AMBIGUOUS: "The text can be read in more than one way, and people did.",
    GAP: "The policy says nothing about such content.",
    CONFLICTING: "Two policies, or a policy and a clarification, say different things.",
    CHANGED_WITHOUT_CASCADE: "A new version took effect before those who apply it knew it.",
    TOO_COMPLEX: "More exceptions or steps than can be kept in mind at work.",
    NO_LOCAL_EXAMPLES: "Examples don't cover the market or language.",
    OTHER: "Something else about the policy.",
  },
  PEOPLE: {
    HUMAN_ERROR: "Somebody slipped. Never a root cause by itself: what let the slip through is.",
    KNOWLEDGE_GAP: "They hadn't learned what they needed to know.",
    LANGUAGE_OR_CULTURE: "They lacked the language or the context of the market.",
    NEW_TO_QUEUE: "They were put to a queue before they were ready for it.",
    FATIGUE: "Load, exposure or shifts wore attention down.",
    OTHER: "Something else about people.",
  },
  PROCESS: {
    STEP_MISSING: "A check or hand-over that should be there isn't.",
    STEP_NOT_FOLLOWED: "The step is there, and work was done around it.",
    ROUTING: "Content went to people or queues that it wasn't for.",
    TIME_PRESSURE: "Handle time or backlog goals left too little time to judge.",
    STAFFING: "Too few people, or the wrong mix, for the volume.",
    TRAINING_DESIGN: "Training taught it wrongly, too late, or not at all.",
    OTHER: "Something else about the process.",
  },
  PLATFORM: {
    RENDERING: "Content was shown incompletely or not at all.",
    CONTEXT_MISSING: "What was needed to judge, such as thread or profile, wasn't shown.",
    TOOL_DEFECT: "The tool recorded or offered something else than was chosen.",
    LATENCY: "The tool was slow or down.",
    MODEL_DRIFT: "A model that decides, ranks or suggests changed its behaviour.",
    OTHER: "Something else about tools.",
  },
  CONTENT: {
    NEW_PATTERN: "A form of content that nobody had met before.",
    EVASION: "Content made to look harmless.",
    VOLUME_SPIKE: "An event brought far more of it than usual.",
    MIX_SHIFT: "More of the hard kinds than before, at the same skill.",
    OTHER: "Something else about the content.",
  },
  MEASUREMENT: {
    AUDITOR_ERROR: "The audits were wrong, not the decisions.",
    SCORECARD_DESIGN: "The scorecard counts what is no error, or misses what is.",
    SAMPLING_BIAS: "What was drawn doesn't stand for what was decided.",
    GOLDEN_ITEM_WRONG: "An agreed answer isn't right, or not any more.",
    CHANCE: "The figure moved no further than chance takes it.",
    OTHER: "Something else about measuring.",
  },
  MANAGEMENT: {
    GOALS_CONFLICT: "Goals reward something else than right decisions.",
    NO_OWNER: "Nobody answered for it.",
    RISK_ACCEPTED: "It was known, and put up with.",
    COMMUNICATION: "Who had to know wasn't told.",
    RESOURCES: "Means that were asked for weren't given.",
    OTHER: "Something else about managing.",
  },
} as const satisfies Record<Category, Record<string, string>>;

/** A cause code as it is offered. */
export interface CauseCode {
  category: Category;
  code: string;
  description: string;
}

/** Every cause code, by category. */
export const CAUSE_CODE_LIST: readonly CauseCode[] = Object.entries(CAUSE_CODES).flatMap(([category, codes]) =>
  Object.entries(codes).map(([code, description]) => ({ category: category as Category, code, description })),
);
