import { DAYS } from "../story/rules.ts";
import { type AppealPlan, MY, PH, TIERS } from "./appeals.rules.ts";

// Published so lately that their windows may be open.
const latest = [DAYS - 5, DAYS + 1] as const;

/** What waits for somebody, by now. */
export const PENDING: readonly AppealPlan[] = [
  {
    ...MY, by: null, days: latest, most: 1, filed: -5,
    reason: "The emoji is the one of the shop in the video, which sells honey. Nobody is meant by it.",
    evidence: ["guide/hate-implicit#emoji"], steps: [],
  },
  {
    ...MY, by: null, days: latest, most: 1, filed: -3,
    reason: "The account is a parody, as its profile says, and the tool shows no profiles in this queue.",
    evidence: ["guide/context#satire"], steps: [],
  },
  {
    ...MY, by: "vendorManager", queue: "REPORTS", days: latest, most: 1, filed: -20,
    reason: "The report names second 48, but the video ends at second 41.",
    evidence: ["ticket/report-timecode"],
    steps: [],
  },
  {
    ...MY, by: "vendorManager", queue: "UPLOADS", days: latest, most: 1, filed: -22,
    reason: "The child stands behind a fence, which the still doesn't show.",
    evidence: ["guide/minor-safety-risk#supervised"],
    steps: [{ after: 19, by: TIERS.L2, verb: "return", text: "From which second on is the fence seen? Our copy is cut at 0:30." }],
  },
  {
    ...MY, by: "vendorManager", days: latest, most: 2, title: "Number plates with a slogan", filed: -18,
    reason: "The number is the plate of the car that is for sale. The clarification says that a number alone doesn't count.",
    evidence: ["question/numbers-as-a-code"], steps: [],
  },
  {
    ...PH, days: latest, most: 1, filed: -19,
    reason: "The pharmacy is licensed, and the picture shows the licence.",
    evidence: ["register/pharmacies"],
    steps: [{ after: 16, by: TIERS.L2, verb: "escalate", text: "The guide doesn't say whether a picture of the licence is enough." }],
  },
  { ...PH, days: latest, most: 1, filed: -9, reason: "The price is that of a wholesale pack, as the text below the picture says.", evidence: ["seller/price-list"], steps: [] },
];
